import { parseDuration } from '../../format/parseDuration';
import { parseCount, parseFrequency } from '../../format/parseQuantity';
import { sourcePortPolicies } from '../../sourcePortPolicies';
import { parseHost, parseMetricsAddress, parseNetwork } from './parseAddress';
import { parseBufferedSize, parseIdleTimeout, parsePort, parseReceiveBuffer, parseSeed } from './parseOption';
import { parseWorkerCount } from './parseWorkerCount';

/** One option of a command: the help, the manual, the completion and the parser are made from it. */
export interface OptionEntry {
  /** As commander takes it: `-p, --port <n>`. */
  readonly flags: string;
  /** For the help, which has 80 columns. */
  readonly description: string;
  /** A sentence for the manual. Default: the description. */
  readonly details?: string;
  readonly default?: string | number;
  /** The default as it is written on the command line, where `default` is in another unit. */
  readonly defaultText?: string;
  readonly choices?: readonly string[];
  /** Reads a value. Default: the text itself. */
  readonly parse?: (text: string) => unknown;
  /** Each use adds a value to a list; `inChain` adds it to the one list of stages, in the order of the command line. */
  readonly repeatable?: 'list' | 'inChain';
  /** The value is the name of a file. */
  readonly isFile?: true;
  /** Left out of the help, the manual and the completion. */
  readonly isHidden?: true;
}

export interface OptionGroup {
  readonly heading: string;
  readonly options: readonly OptionEntry[];
}

/** Returns the flags as people type them: the transports also as the coding challenge spells them, `-tcp` and `-udp`. */
export const spelledFlags = (flags: string): string =>
  flags === '--tcp' || flags === '--udp' ? `-${flags.slice(2)}, ${flags}` : flags;

/** Returns what an option does as a sentence, with its default. */
export const sentenceOf = ({ description, details, default: value, defaultText }: OptionEntry): string => {
  const sentence = details ?? `${description[0]!.toUpperCase()}${description.slice(1)}.`;
  return value === undefined ? sentence : `${sentence} Default: ${defaultText ?? String(value)}.`;
};

/** The options of the server, in the groups of the help. */
export const optionTable: readonly OptionGroup[] = [
  {
    heading: 'Listening',
    options: [
      { flags: '--tcp', description: 'serve TCP (the default)', details: 'Serves TCP; the default.' },
      {
        flags: '--udp',
        description: 'serve UDP; with --tcp, on the same port',
        details: 'Serves UDP; with --tcp, both on the same port number.',
      },
      {
        flags: '-p, --port <n>',
        description: 'port; 0 picks a free one',
        details: 'Sets the port to listen on; 0 picks one that is free for TCP and UDP.',
        default: 7,
        parse: parsePort,
      },
      {
        flags: '--host <address>',
        description: 'address, repeatable (default: all)',
        details: 'Sets an address to listen on; repeatable. Default: all local addresses, IPv6 and IPv4.',
        parse: parseHost,
        repeatable: 'list',
      },
      {
        flags: '--udp-wildcard',
        description: 'bind one UDP socket for all addresses',
        details: 'Binds one UDP socket for all addresses instead of one per address.',
      },
      {
        flags: '--udp-receive-buffer <size>',
        description: 'per UDP socket',
        details: 'Sets the receive buffer to request for each UDP socket; Linux grants net.core.rmem_max at most.',
        default: 4 * 1024 ** 2,
        defaultText: '4MiB',
        parse: parseReceiveBuffer,
      },
    ],
  },
  {
    heading: 'Stopping',
    options: [
      {
        flags: '--grace <duration>',
        description: 'time limit to drain at a stop',
        details: 'Limits the time to drain at a stop: 500ms, 10s, 1m30s.',
        default: 10_000,
        defaultText: '10s',
        parse: parseDuration,
      },
      {
        flags: '--shutdown-delay <duration>',
        description: 'keep serving first, while /readyz fails',
        details:
          'Keeps serving this long after the signal, while /readyz fails, so that a balancer notices. A second signal skips the wait.',
        parse: parseDuration,
      },
      {
        flags: '--once',
        description: 'exit after one connection or datagram',
        details: 'Exits after the first connection has ended or the first datagram is answered.',
      },
    ],
  },
  {
    heading: 'Faults and stages, in the order of the command line',
    options: [
      {
        flags: '--fault <fault>',
        description: 'repeatable: latency=50ms,jitter=10ms',
        details: 'Adds a fault or a preset on the way back; repeatable. "ccecho faults" lists them.',
        repeatable: 'inChain',
      },
      {
        flags: '--use <file>',
        description: 'file with an operator, or a handler',
        details:
          'Adds your own operator: a .js, .cjs, .mjs or .ts file that exports (context) => operator; repeatable. A file that exports a function named handler, as serve takes it, is served instead of an echo.',
        repeatable: 'inChain',
        isFile: true,
      },
      {
        flags: '--dump <form>',
        description: 'print traffic here: hex, text or marbles',
        details: 'Prints the traffic at this place as hex, text or marbles[,column=10ms]; repeatable.',
        repeatable: 'inChain',
      },
      {
        flags: '--seed <n>',
        description: 'repeat the random numbers of a run',
        details: 'Repeats the random numbers of an earlier run.',
        parse: parseSeed,
      },
      {
        flags: '--fault-log <file>',
        description: 'write fault decisions as JSON lines',
        details: 'Writes each decision of a fault as a line of JSON.',
        isFile: true,
      },
    ],
  },
  {
    heading: 'Limits and access',
    options: [
      {
        flags: '--max-connections <n>',
        description: 'open at once (default: by ulimit -n)',
        details:
          'Limits the open connections; further ones are refused. Default: as many as the file descriptor limit allows. Not with --workers.',
        parse: parseCount,
      },
      {
        flags: '--max-connections-per-source <n>',
        description: 'open at once from one IPv4 or IPv6 /64',
        details: 'Limits the open connections from one IPv4 address or IPv6 /64 network, for each worker.',
        parse: parseCount,
      },
      {
        flags: '--max-buffered <size>',
        description: 'pause reading at this much',
        details:
          'Limits the bytes buffered over all connections, for each worker: reading pauses there until half is free.',
        default: 256 * 1024 ** 2,
        defaultText: '256MiB',
        parse: parseBufferedSize,
      },
      {
        flags: '--idle-timeout <duration>',
        description: 'close silent connections (default: off)',
        details:
          'Closes a connection after this long without traffic, and resets one that does not read its pending bytes. Default: never.',
        parse: parseIdleTimeout,
      },
      {
        flags: '--allow <network>',
        description: 'serve only these networks, repeatable',
        details: 'Serves only these networks: 192.0.2.0/24, 2001:db8::/32; repeatable.',
        parse: parseNetwork,
        repeatable: 'list',
      },
      {
        flags: '--deny <network>',
        description: 'refuse these networks, repeatable',
        details: 'Refuses these networks, even if --allow names them; repeatable.',
        parse: parseNetwork,
        repeatable: 'list',
      },
      {
        flags: '--udp-max-rate <frequency>',
        description: 'replies to one address: 1000/s, 90/min',
        details: 'Answers at most this many datagrams of one address: 1000/s, 90/min. Default: no limit.',
        parse: parseFrequency,
      },
      {
        flags: '--udp-ignore-ports <set>',
        description: 'reserved, services, none',
        details: 'Drops the datagrams from these source ports: reserved (below 1024, and 2049), services or none.',
        choices: sourcePortPolicies,
        default: 'reserved',
      },
    ],
  },
  {
    heading: 'Logging and metrics',
    options: [
      {
        flags: '--log-level <level>',
        description: 'error to debug, or silent',
        details: 'Sets the least severe level that is logged: error, warn, info, debug or silent.',
        choices: ['error', 'warn', 'info', 'debug', 'silent'],
        default: 'info',
      },
      {
        flags: '--log-format <format>',
        description: 'text, or json lines',
        details: 'Sets the format of the log: text, or json with one object a line.',
        choices: ['text', 'json'],
        default: 'text',
      },
      {
        flags: '--summary',
        description: 'print traffic totals at the end',
        details: 'Prints traffic totals at the end and on SIGUSR2. Faults always print theirs.',
      },
      {
        flags: '--metrics <address>',
        description: 'serve /metrics at 9862, or :9862 for all',
        details: 'Serves /metrics, /livez and /readyz over HTTP: 9862 on loopback only, :9862 on all addresses.',
        parse: parseMetricsAddress,
      },
    ],
  },
  {
    heading: 'Processes and configuration',
    options: [
      {
        flags: '--workers <n>',
        description: 'processes that share TCP; auto: per core',
        details:
          'Sets the number of processes that share the TCP connections, 1 to 256; auto is one per core. Each counts connections and seeds on its own.',
        parse: parseWorkerCount,
      },
      {
        flags: '--config <file>',
        description: 'read options from a JSON file',
        details: 'Reads options from a JSON file; CCECHO_* variables and the command line override it.',
        isFile: true,
      },
    ],
  },
];
