import { CommanderError, type Command } from 'commander';
import { EchoError } from '../../errors';
import { suggest } from '../../suggest';
import { valueError } from './setting';

/** The message of commander for an argument that a parser rejects. */
const INVALID_ARGUMENT = /^option '(?:-\w, )?(--?[\w-]+)[^']*' argument '(.*)' is invalid\. (.*)$/;

/**
 * Parses arguments with a command.
 *
 * @param operands How many arguments the command takes beside its options. Default: `0`.
 * @throws `ERR_ECHO_OPTION` with one line about what is wrong.
 */
export const parseArguments = <Flags>(command: Command, words: readonly string[], operands = 0): Flags => {
  try {
    assertDashes(words, command);
    command.parse(dashed(words), { from: 'user' });
  } catch (error) {
    throw error instanceof CommanderError && error.exitCode !== 0 ? usageError(error, command) : error;
  }
  const word = command.args[operands];
  if (word !== undefined) throw unknownWord(word, command);
  return command.opts<Record<string, unknown>>() as Flags;
};

/** @throws `ERR_ECHO_OPTION` for `-port`, which commander would read as `-p ort`. */
const assertDashes = (words: readonly string[], { options }: Command): void => {
  const wrong = words.find((word) => /^-[a-z][a-z-]+$/.test(word) && options.some(({ long }) => long === `-${word}`));
  if (wrong === undefined || wrong === '-tcp' || wrong === '-udp') return;
  throw new EchoError('ERR_ECHO_OPTION', `unknown option '${wrong}': did you mean -${wrong}?`);
};

/** Expands `-udp` and `-tcp`, which commander would read as bundles of one-letter options. */
const dashed = (words: readonly string[]): string[] => {
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  return words.map((word, index) => (index < end && (word === '-udp' || word === '-tcp') ? `-${word}` : word));
};

/** Returns commander's error in our form: `--port: invalid value "x"; expected …`. */
const usageError = (cause: CommanderError, command: Command): EchoError => {
  const said = oneLine(cause.message.replace(/^error: /, '')).replace(INVALID_ARGUMENT, namingOption);
  const [, option] = /^unknown option '(.*)'$/.exec(said) ?? [];
  const meant = option === undefined ? undefined : nearestOption(option, command);
  return new EchoError('ERR_ECHO_OPTION', meant ? `${said}: did you mean ${meant}?` : said, { cause });
};

const namingOption = (_: string, option: string, text: string, message: string): string =>
  `${option}: ${valueError(text, message)}`;

const unknownWord = (word: string, command: Command): EchoError => {
  if (commandNames.some((name) => name === word)) {
    return new EchoError('ERR_ECHO_OPTION', `unknown argument '${word}': a command comes first, as in ccecho ${word}`);
  }
  const meant = /^\d+$/.test(word) ? `--port ${word}` : nearestOption(word, command);
  const hint = meant ? `did you mean ${meant}?` : 'options begin with --';
  return new EchoError('ERR_ECHO_OPTION', oneLine(`unknown argument '${word}': ${hint}`));
};

/** Returns the option that a word probably means, if there is one. */
const nearestOption = (word: string, command: Command): string | undefined => {
  const names = [...command.options.flatMap(({ long }) => long ?? []), '--help'].map((name) => name.slice(2));
  const bare = word.replace(/^-+/, '');
  const meant = suggest(bare, names, 2);
  return meant === undefined ? undefined : `--${meant}`;
};

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ');

/** The commands, each of which is the first word; without one, `ccecho` serves. */
export const commandNames = [
  'serve',
  'probe',
  'load',
  'check',
  'config',
  'faults',
  'completion',
  'man',
  'help',
] as const;
