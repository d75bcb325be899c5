import { EchoError } from '../../errors';
import { suggest } from '../../suggest';
import type { FaultDefinition } from '../kit/defineFault';
import { parseValue } from './parseValue';
import { scopeParsers } from './scopeParsers';

/**
 * One `KEY=VALUE` of a fault as an option of the library. Of the parameters that share a word, the first whose unit the
 * value has: `after=5s`, `after=64KiB`.
 *
 * @throws `ERR_ECHO_OPTION` that names the nearest word, or shows how the value is written.
 */
export const parseParameter = (
  { name, parameters }: FaultDefinition<Record<string, unknown>>,
  word: string,
  text: string | undefined,
): Record<string, unknown> => {
  const candidates = Object.entries(parameters).filter(([, parameter]) => parameter.word === word);
  if (candidates.length === 0) {
    const words = new Set([...Object.values(parameters).map((parameter) => parameter.word), ...scopeParsers.keys()]);
    throw option(word === name ? `it takes no value; it has ${[...words].join(', ')}` : unknown(word, [...words]));
  }
  if (text === undefined) throw option(`${word} needs a value`);
  let wrong: unknown;
  for (const [key, parameter] of candidates) {
    try {
      return { [key]: parseValue(text, parameter) };
    } catch (error) {
      wrong ??= error;
    }
  }
  throw wrong;
};

const unknown = (word: string, words: readonly string[]): string => {
  const meant = suggest(word, words);
  return `it has no '${word}'${meant ? `: did you mean ${meant}?` : `; it has ${words.join(', ')}`}`;
};

const option = (message: string): EchoError => new EchoError('ERR_ECHO_OPTION', message);
