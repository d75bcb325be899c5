import type { Command, Option } from 'commander';
import { EchoError } from '../../errors';
import { printable } from '../../format/printable';

/** What the environment or a file says of one option, in the words of the command line. */
export interface Setting {
  readonly option: Option;
  /** Several where the option may be repeated; of an option that takes no value `true` or `false`. */
  readonly texts: readonly string[];
  /** Where it stands, for who has to correct it: `CCECHO_PORT`, `ccecho.json: port`. */
  readonly from: string;
}

/** Options that may be repeated, with what stands between their values in a variable: the words of a fault have commas. */
const separators: Readonly<Record<string, string | RegExp>> = {
  host: ',',
  allow: ',',
  deny: ',',
  use: ',',
  fault: /\s+/,
  dump: /\s+/,
};

export const nameOf = (option: Option): string => option.long!.slice(2);

/** What stands between the values of an option that may be repeated. */
export const separatorOf = (option: Option): string | RegExp | undefined => separators[nameOf(option)];

/** Whether an option takes a value, or is there or not. */
export const takesValue = (option: Option): boolean => option.required;

/** The options that can be set from elsewhere: not those that end the command, nor where to read from. */
export const configurableOptions = ({ options }: Command): Option[] =>
  options.filter((option) => !['version', 'config'].includes(nameOf(option)));

/** The error of a setting, naming where it stands. */
export const settingError = (from: string, message: string, cause?: unknown): EchoError =>
  new EchoError('ERR_ECHO_OPTION', `${from}: ${printable(message.replace(/\s*\n\s*/g, ' '))}`, { cause });

/**
 * Returns what is wrong with the value of an option, in one form: `invalid value "x"; expected a whole number`.
 *
 * @param message What its parser says: it names the value, or only begins with what is expected.
 */
export const valueError = (text: string, message: string): string => {
  const expectation = message.replace(/^Allowed choices are (.*)\.$/, 'expected one of $1');
  return expectation.startsWith('expected') ? `invalid value "${text}"; ${expectation}` : expectation;
};
