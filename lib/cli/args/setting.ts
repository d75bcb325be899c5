import type { Command, Option } from 'commander';
import { EchoError } from '../../errors';
import { printable } from '../../format/printable';

/** The value of an option from the environment or a file, as text. */
export interface Setting {
  readonly option: Option;
  /** Several for a repeatable option; `true` or `false` for an option without a value. */
  readonly texts: readonly string[];
  /** The place for a message: `CCECHO_PORT`, `ccecho.json: port`. */
  readonly from: string;
}

/** The separators of repeatable options in a variable; a fault contains commas. */
const separators: Readonly<Record<string, string | RegExp>> = {
  host: ',',
  allow: ',',
  deny: ',',
  use: ',',
  fault: /\s+/,
  dump: /\s+/,
};

export const nameOf = (option: Option): string => option.long!.slice(2);

/** Returns the separator of a repeatable option. */
export const separatorOf = (option: Option): string | RegExp | undefined => separators[nameOf(option)];

/** Returns whether an option takes a value. */
export const takesValue = (option: Option): boolean => option.required;

/** Returns the options that the environment and a file can set. */
export const configurableOptions = ({ options }: Command): Option[] =>
  options.filter((option) => !['version', 'config'].includes(nameOf(option)));

/** Returns the error of a setting, with its place. */
export const settingError = (from: string, message: string, cause?: unknown): EchoError =>
  new EchoError('ERR_ECHO_OPTION', `${from}: ${printable(message.replace(/\s*\n\s*/g, ' '))}`, { cause });

/**
 * Returns the message for a rejected value, in one form: `invalid value "x"; expected a whole number`.
 *
 * @param message The message of the parser, which names the value or begins with what is expected.
 */
export const valueError = (text: string, message: string): string => {
  const expectation = message.replace(/^Allowed choices are (.*)\.$/, 'expected one of $1');
  return expectation.startsWith('expected') ? `invalid value "${text}"; ${expectation}` : expectation;
};
