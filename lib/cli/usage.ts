import { CommanderError, type Command } from 'commander';
import { closest, distance } from 'fastest-levenshtein';
import { EchoError } from '../errors';

/** Reads words with a command; what is wrong with them is one `ERR_ECHO_OPTION` whose message is one line. */
export const readWords = <Flags>(command: Command, words: readonly string[]): Flags => {
  try {
    command.parse(dashed(words), { from: 'user' });
  } catch (error) {
    throw error instanceof CommanderError && error.exitCode !== 0 ? usageError(error) : error;
  }
  const [word] = command.args;
  if (word !== undefined) throw unknownWord(word, command);
  return command.opts<Record<string, unknown>>() as Flags;
};

/** `-udp` and `-tcp`, as the challenge spells them: commander would read a bundle of one-letter options. */
const dashed = (words: readonly string[]): string[] => {
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  return words.map((word, index) => (index < end && (word === '-udp' || word === '-tcp') ? `-${word}` : word));
};

/** Commander's words in our line: `error: unknown option '--prot'\n(Did you mean --port?)`. */
const usageError = (cause: CommanderError): EchoError => {
  const message = cause.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  return new EchoError('ERR_ECHO_OPTION', message, { cause });
};

const unknownWord = (word: string, command: Command): EchoError => {
  const names = command.options.flatMap(({ long }) => (long ? [long] : []));
  const nearest = closest(`--${word}`, names);
  const meant = distance(`--${word}`, nearest) <= 2 ? `did you mean ${nearest}?` : 'options begin with --';
  return new EchoError('ERR_ECHO_OPTION', `unknown word '${word}': ${meant}`);
};
