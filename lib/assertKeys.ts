import { EchoError } from './errors';
import { suggest } from './suggest';

/** The names of all options of a type. The compiler reports a missing one. */
export type Keys<Options> = Readonly<Record<keyof Options, true>>;

/**
 * Rejects options that do not exist, which JavaScript would ignore: `startEcho({ hosts })`, `new AccessList({ alow })`.
 *
 * @param of The function or class that receives the options, for the message.
 * @throws `ERR_ECHO_OPTION` with the name of the option, and the nearest existing one.
 */
export const assertKeys = (of: string, options: object, keys: Readonly<Record<string, true>>): void => {
  const unknown = Object.entries(options).find(([key, value]) => value !== undefined && !Object.hasOwn(keys, key));
  if (!unknown) return;
  const [key] = unknown;
  const meant = suggest(key, Object.keys(keys), 2);
  const hint = meant === undefined ? '' : `: did you mean \`${meant}\`?`;
  throw new EchoError('ERR_ECHO_OPTION', `${of} has no option \`${key}\`${hint}`);
};
