import { EchoError } from '../../errors';
import { suggest } from '../../suggest';
import { commandOf } from '../args/commandOf';
import { commandTable, createProgram } from '../args/createProgram';
import { programs } from '../args/programs';
import { commandNames } from '../args/parseArguments';
import { exitStatus } from '../exitStatus';
import type { ProcessContext } from '../processContext';
import { version } from '../version';

/** `ccecho help`: the help of the server; `ccecho help NAME`: that of a command. */
export const helpCommand = (args: readonly string[], { stdout }: ProcessContext): number => {
  const [name = 'serve'] = args;
  if (!commandNames.some((each) => each === name)) {
    const meant = suggest(name, commandNames);
    const hint = meant ? `: did you mean ${meant}?` : `; expected one of ${commandNames.join(', ')}`;
    throw new EchoError('ERR_ECHO_OPTION', `unknown command '${name}'${hint}`);
  }
  const definition = programs[name];
  const program = name === 'serve' ? createProgram(version()) : definition && commandOf(definition);
  if (program) program.configureOutput({ writeOut: (text) => stdout.write(text) }).outputHelp();
  else stdout.write(helpOf(name));
  return exitStatus.ok;
};

const details: Readonly<Record<string, string>> = {
  faults: `Without NAME: all faults and presets, with their parameters. With NAME: what the
fault or preset does, its parameters with units and defaults, and the source of
its semantics.

  ccecho faults latency
  ccecho --port 7007 --fault latency=50ms,jitter=10ms`,
  config: `Takes the options of the server, reads CCECHO_* variables and the file of
--config, starts nothing, and prints each value and where it comes from.

  CCECHO_LOG_LEVEL=debug ccecho config --config /etc/ccecho.json`,
  completion: `SHELL is bash, zsh or fish.

  source <(ccecho completion bash)
  ccecho completion zsh > "\${fpath[1]}/_ccecho"
  ccecho completion fish > ~/.config/fish/completions/ccecho.fish`,
  man: `Prints the manual page in the format of man(7).

  ccecho man | man -l -
  ccecho man > /usr/local/share/man/man1/ccecho.1`,
  help: `COMMAND is ${commandNames.join(', ')}.`,
};

const helpOf = (name: string): string => {
  const [usage, description] = commandTable.find(([each]) => each.startsWith(name))!;
  return `Usage: ccecho ${usage}\n\n${description[0]!.toUpperCase()}${description.slice(1)}.\n\n${details[name]}\n`;
};
