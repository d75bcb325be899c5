import { EchoError } from '../../errors';
import type { TargetFlags } from './targetOptions';

/** A condition under which options exclude one another, and what is wrong then. */
export type Rule = readonly [isWrong: unknown, message: string];

/**
 * Asserts the rules of a client, after those of its target.
 *
 * @throws `ERR_ECHO_OPTION` with the message of the first rule that is broken.
 */
export const assertConsistent = ({ ipv4, ipv6 }: TargetFlags, rules: readonly Rule[] = []): void => {
  const target: Rule = [ipv4 && ipv6, '-4 cannot be combined with -6'];
  const wrong = [target, ...rules].find(([isWrong]) => Boolean(isWrong))?.[1];
  if (wrong !== undefined) throw new EchoError('ERR_ECHO_OPTION', wrong);
};
