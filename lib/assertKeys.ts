import { EchoError } from './errors';
import { suggest } from './suggest';

/** The names of all options of a type; the compiler sees that none is missing. */
export type Keys<Options> = Readonly<Record<keyof Options, true>>;

/**
 * Refuses an option that does not exist: in JavaScript it would be ignored, `startEcho({ hosts })` and
 * `new AccessList({ alow })` among them.
 *
 * @param of What is called with the options, for the message.
 * @throws `ERR_ECHO_OPTION` that names the option, and the nearest one.
 */
export const assertKeys = (of: string, options: object, keys: Readonly<Record<string, true>>): void => {
  const unknown = Object.entries(options).find(([key, value]) => value !== undefined && !Object.hasOwn(keys, key));
  if (!unknown) return;
  const [key] = unknown;
  const meant = suggest(key, Object.keys(keys), 2);
  const hint = meant === undefined ? '' : `: did you mean \`${meant}\`?`;
  throw new EchoError('ERR_ECHO_OPTION', `${of} has no option \`${key}\`${hint}`);
};
