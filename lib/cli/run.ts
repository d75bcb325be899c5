import { CommanderError } from 'commander';
import { EchoError } from '../errors';
import { commands } from './commands/commands';
import { complain } from './complain';
import { readConfiguration, type Configuration } from './config/readConfiguration';
import { exitStatus } from './exitStatus';
import { explainListenError } from './args/explainListenError';
import type * as server from './commands/serverCommand';
import { createProgram } from './args/createProgram';
import type { ProcessContext } from './processContext';
import { version } from './version';

/**
 * Runs the command with arguments, and resolves with the exit status. It does not touch the process.
 *
 * @param given The arguments, without node and the script.
 */
export const run = async (given: readonly string[], terminal: ProcessContext): Promise<number> => {
  const { stdout, env = {} } = terminal;
  const words = given[0] === 'serve' ? given.slice(1) : given;
  const make = () => createProgram(version()).configureOutput({ writeOut: (text) => stdout.write(text) });
  const [first = ''] = given;
  const command = Object.hasOwn(commands, first) ? commands[first as keyof typeof commands] : undefined;
  try {
    if (command) return await command(given.slice(1), terminal);
    const read = (): Configuration => readConfiguration(make, words, env);
    const configuration = read();
    // Loaded only to serve: --help, --version and usage errors need no server (010).
    const { serverCommand } = require('./commands/serverCommand') as typeof server;
    return await serverCommand(configuration, terminal, () => read().flags);
  } catch (error) {
    if (error instanceof CommanderError) return exitStatus.ok;
    if (!(error instanceof EchoError)) throw error;
    complain(terminal, adviceOf(error, first));
    return error.code === 'ERR_ECHO_LISTEN' ? exitStatus.cannotListen : exitStatus.usage;
  }
};

const adviceOf = (error: EchoError, first: string): string => {
  if (error.code === 'ERR_ECHO_LISTEN') return explainListenError(error);
  return `${error.message} (${/^(probe|load|check)$/.test(first) ? `ccecho help ${first}` : 'ccecho --help'} shows the options)`;
};
