import { EchoError } from '../../errors';
import { suggest } from '../../suggest';
import type { FaultDefinition } from '../kit/defineFault';
import { parseValue } from './parseValue';
import { scopeParsers } from './scopeParsers';

/**
 * Parses one `KEY=VALUE` of a fault into an option of the library.
 *
 * If several parameters share the key, it selects the first one whose unit the value has: `after=5s`, `after=64KiB`.
 *
 * @throws `ERR_ECHO_OPTION` that suggests the nearest key, or shows the syntax of the value.
 */
export const parseParameter = (
  { name, parameters }: FaultDefinition<Record<string, unknown>>,
  key: string,
  text: string | undefined,
): Record<string, unknown> => {
  const candidates = Object.entries(parameters).filter(([, parameter]) => parameter.key === key);
  if (candidates.length === 0) {
    const words = new Set([...Object.values(parameters).map((parameter) => parameter.key), ...scopeParsers.keys()]);
    throw option(key === name ? `it takes no value; expected ${[...words].join(', ')}` : unknown(key, [...words]));
  }
  if (text === undefined) throw option(`${key} needs a value`);
  let wrong: unknown;
  for (const [option, parameter] of candidates) {
    try {
      return { [option]: parseValue(text, parameter) };
    } catch (error) {
      wrong ??= error;
    }
  }
  throw wrong;
};

const unknown = (key: string, words: readonly string[]): string => {
  const meant = suggest(key, words);
  return `unknown parameter '${key}'${meant ? `: did you mean ${meant}?` : `; expected ${words.join(', ')}`}`;
};

const option = (message: string): EchoError => new EchoError('ERR_ECHO_OPTION', message);
