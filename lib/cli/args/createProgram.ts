import type { Command } from 'commander';
import type { Endpoint } from '../../endpoint';
import type { LogLevel } from '../../log/logLine';
import type { SourcePortPolicy } from '../../sourcePortPolicies';
import type { StageArgument } from '../stages/buildStages';
import { commandOf } from './commandOf';
import { optionTable } from './optionTable';

/** The options of the server, as parsed. */
export interface ServerFlags {
  readonly tcp?: true;
  readonly udp?: true;
  readonly port: number;
  readonly host?: readonly string[];
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly udpIgnorePorts: SourcePortPolicy;
  readonly udpMaxRate?: number;
  readonly udpWildcard?: true;
  readonly udpReceiveBuffer: number;
  readonly once?: true;
  readonly maxConnections?: number;
  readonly maxConnectionsPerSource?: number;
  readonly maxBuffered: number;
  readonly idleTimeout?: number;
  /** The number of workers; 1 serves in this process. */
  readonly workers?: number;
  readonly grace: number;
  readonly shutdownDelay?: number;
  readonly logLevel: LogLevel | 'silent';
  readonly logFormat: 'text' | 'json';
  /** The stages between source and sink in the order of the command line: one list for all three options. */
  readonly fault?: readonly StageArgument[];
  readonly use?: readonly StageArgument[];
  readonly dump?: readonly StageArgument[];
  readonly seed?: number;
  readonly faultLog?: string;
  readonly summary?: true;
  readonly metrics?: Endpoint;
  readonly config?: string;
}

/** The commands in the help, and what they do. */
export const commandTable: readonly (readonly [command: string, description: string])[] = [
  ['[serve] [options]', 'serve until a signal to stop'],
  ['probe HOST', 'measure loss and round trips of an echo service'],
  ['load HOST', 'load an echo service, and verify every byte'],
  ['check HOST', 'find out what an echo server gets wrong'],
  ['faults [NAME]', 'list the faults, or explain one'],
  ['config [options]', 'print the effective options and their sources'],
  ['completion SHELL', 'print a script for bash, zsh or fish'],
  ['man', 'print the manual page'],
  ['help [COMMAND]', 'print this help, or that of a command'],
];

export const description =
  'An RFC 862 echo server: what you send comes back, whole and in order, and a\nstop loses nothing.';

/** Commands and what they do, for the help and the manual. */
export const examples: readonly (readonly [command: string, description: string])[] = [
  ['ccecho --port 7007', 'serve TCP on all local addresses'],
  ['ccecho -tcp -udp --port 7007', 'serve TCP and UDP on one port'],
  ['ccecho --host 127.0.0.1 --port 0', 'serve only this machine, on a free port'],
  ['ccecho --once --port 7007', 'serve one client and exit'],
  ['ccecho --port 7007 --workers auto', 'serve on every core'],
  ['ccecho --port 7007 --fault 3g', 'simulate a slow network'],
];

/** The meaning of each exit status, for the help and the manual. */
export const exitStatuses = '0 success, 1 something was lost, 2 wrong usage, 3 cannot listen,\n70 a bug in ccecho';

const columns = (rows: readonly (readonly [string, string])[], width: number): string =>
  rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');

const usage = commandTable
  .map(([command, does]) => `ccecho ${command.padEnd(18)} ${does}`)
  .join('\n       ')
  .replace('ccecho ', '');

const footer = `
Examples:
${columns(examples, 33)}

Talk to it:   nc 127.0.0.1 7007, nc -u 127.0.0.1 7007
Stop it:      ctrl-C drains and exits; a second one, 500 ms later, exits at once
Exit status:  ${exitStatuses.replace('\n', `\n${' '.repeat(14)}`)}
`;

/** Returns the root command, which serves. Commander only parses the arguments. */
export const createProgram = (version: string): Command =>
  commandOf({ name: 'ccecho', description, usage, options: optionTable, footer }).version(
    version,
    '-V, --version',
    'print the version and exit',
  );
