import { transportsOf } from '../../server/serverOptions';
import { formatTable } from '../../format/formatTable';
import { readConfiguration } from '../config/readConfiguration';
import { exitStatus } from '../exitStatus';
import { maxConnectionsForUlimit } from '../serve/maxConnectionsForUlimit';
import { otherSockets } from '../serve/otherSockets';
import { createProgram, type ServerFlags } from '../args/createProgram';
import { nameOf, configurableOptions } from '../args/setting';
import type { ProcessContext } from '../processContext';
import { version } from '../version';

/** The width of a terminal. */
const COLUMNS = 80;

/** Returns the value of an option that is not set. */
const unsaid = (name: string, flags: ServerFlags): string => {
  if (name === 'host') return 'all addresses';
  if (name === 'tcp') return transportsOf(flags).includes('tcp') ? 'true' : '-';
  const isUnlimited = (flags.workers ?? 1) > 1;
  return name === 'max-connections' && !isUnlimited ? String(maxConnectionsForUlimit(otherSockets(flags))) : '-';
};

/** Prints the effective options and their sources, for `ccecho config`. Starts nothing. */
export const configCommand = (words: readonly string[], { stdout, stderr, env = {} }: ProcessContext): number => {
  const make = () =>
    createProgram(version()).configureOutput({ writeOut: (text) => stdout.write(text), writeErr: () => undefined });
  const { flags, sources, warnings } = readConfiguration(make, words, env);
  for (const warning of warnings) stderr.write(`ccecho: warning: ${warning}\n`);
  const rows = configurableOptions(make()).map((option) => {
    const name = nameOf(option);
    const { text, from } = sources.get(name) ?? {
      text: option.defaultValueDescription ?? String(option.defaultValue ?? unsaid(name, flags)),
      from: 'default',
    };
    return [name, text, from];
  });
  stdout.write(`${formatTable([['OPTION', 'VALUE', 'FROM'], ...rows], COLUMNS).join('\n')}\n`);
  return exitStatus.ok;
};
