import type { Option } from 'commander';
import { readFileSync } from 'node:fs';
import { suggest } from '../../suggest';
import { nameOf, separatorOf, takesValue, settingError, type Setting } from '../args/setting';

/**
 * Reads a configuration file: a JSON object whose keys are the options without dashes, and whose values are written as
 * on the command line; `true` for an option without a value, a list for a repeatable one.
 *
 * @throws `ERR_ECHO_OPTION` with the file and the key.
 */
export const fileSettings = (file: string, options: readonly Option[]): Setting[] => {
  const known = new Map(options.map((option) => [nameOf(option), option]));
  return Object.entries(parsed(file)).map(([key, value]): Setting => {
    const from = `${file}: ${key}`;
    const option = known.get(key);
    if (!option) {
      const meant = suggest(key, [...known.keys()], 2);
      throw settingError(from, `unknown option${meant === undefined ? '' : `: did you mean ${meant}?`}`);
    }
    return { option, texts: textsOf(value, option, from), from };
  });
};

const parsed = (file: string): object => {
  let read: unknown;
  try {
    // Some editors begin a file with a byte-order mark, which JSON does not allow.
    read = JSON.parse(readFileSync(file, 'utf8').replace(/^\ufeff/, '')) as unknown;
  } catch (cause) {
    const { message } = cause as Error;
    throw settingError(`--config ${file}`, cause instanceof SyntaxError ? `invalid JSON: ${message}` : message, cause);
  }
  if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read;
  throw settingError(`--config ${file}`, 'expected an object, for example {"port": 7007}');
};

const textsOf = (value: unknown, option: Option, from: string): string[] => {
  if (!takesValue(option)) {
    if (typeof value === 'boolean') return [String(value)];
    throw settingError(from, 'expected true or false');
  }
  const isList = separatorOf(option) !== undefined;
  const values: readonly unknown[] = isList && Array.isArray(value) ? value : [value];
  return values.map((each) => {
    if (typeof each === 'string' || typeof each === 'number') return String(each);
    throw settingError(from, isList ? 'expected a string or a list of strings' : 'expected a string or a number');
  });
};
