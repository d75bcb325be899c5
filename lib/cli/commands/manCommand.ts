import { EchoError } from '../../errors';
import { commandTable, description, examples, exitStatuses } from '../args/createProgram';
import { optionTable, sentenceOf, spelledFlags, type OptionEntry, type OptionGroup } from '../args/optionTable';
import { programs } from '../args/programs';
import { exitStatus } from '../exitStatus';
import type { ProcessContext } from '../processContext';
import { version } from '../version';

/** `ccecho man`: the manual page, in the format of man(7), made from the table of options. */
export const manCommand = (args: readonly string[], { stdout }: ProcessContext): number => {
  if (args.length > 0) throw new EchoError('ERR_ECHO_OPTION', `ccecho man takes no arguments, not '${args.join(' ')}'`);
  stdout.write(`${manualPage().join('\n')}\n`);
  return exitStatus.ok;
};

const manualPage = (): string[] => [
  `.TH CCECHO 1 "" "ccecho ${version()}" "User Commands"`,
  '.SH NAME',
  'ccecho \\- RFC 862 echo server for TCP and UDP',
  '.SH SYNOPSIS',
  ...commandTable.flatMap(([command], index) => [...(index > 0 ? ['.br'] : []), `.B ccecho\n${escaped(command)}`]),
  '.SH DESCRIPTION',
  escaped(description),
  '.SH COMMANDS',
  ...commandTable.flatMap(([command, does]) => ['.TP', `.B ${escaped(command)}`, escaped(sentence(does))]),
  '.SH OPTIONS',
  ...optionTable.flatMap(groupOf),
  ...Object.values(programs).flatMap(({ name, description, options }) => [
    `.SH OPTIONS OF ${escaped(name.toUpperCase())}`,
    escaped(description),
    ...options.flatMap(groupOf),
  ]),
  '.SH EXIT STATUS',
  escaped(exitStatuses),
  '.SH ENVIRONMENT',
  'Each option can be set by a variable, for example CCECHO_LOG_LEVEL=debug. NO_COLOR and FORCE_COLOR control colours.',
  '.SH SIGNALS',
  'SIGINT and SIGTERM drain and exit; a second one, 500 ms later or more, exits at once.',
  'SIGHUP reads the file of \\-\\-config again. SIGUSR2 prints the totals of faults and \\-\\-summary.',
  '.SH EXAMPLES',
  ...examples.flatMap(([command, does]) => ['.TP', `.B ${escaped(command)}`, escaped(sentence(does))]),
];

const groupOf = ({ heading, options }: OptionGroup): string[] => [
  `.SS ${escaped(heading)}`,
  ...options.filter(({ isHidden }) => !isHidden).flatMap(paragraphOf),
];

const paragraphOf = (option: OptionEntry): string[] => [
  '.TP',
  `.B ${escaped(spelledFlags(option.flags))}`,
  escaped(sentenceOf(option)),
];

const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`;

/** In man(7) a bare hyphen is a typographic one, a line that begins with a dot is a request. */
const escaped = (text: string): string => text.replace(/\\/g, '\\e').replace(/-/g, '\\-').replace(/^\./gm, '\\&.');
