import { Command, InvalidArgumentError, Option } from 'commander';
import type { Endpoint } from '../../endpoint';
import { EchoError } from '../../errors';
import type { LogLevel } from '../../log/logLine';
import { sourcePortPolicies, type SourcePortPolicy } from '../../sourcePortPolicies';
import { parseCount, parseFrequency, parseSize } from '../../format/parseQuantity';
import { parseDuration } from '../../format/parseDuration';
import type { StageArgument } from '../stages/buildStages';
import { parseHost, parseMetricsAddress, parseNetwork } from './parseAddress';
import { parseWorkerCount } from './parseWorkerCount';

/** What the command line asks of the server. */
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
  /** As asked for: one is none beside the server itself. */
  readonly workers?: number;
  readonly grace: number;
  readonly shutdownDelay?: number;
  readonly logLevel: LogLevel | 'silent';
  readonly logFormat: 'text' | 'json';
  /** What stands between source and sink, in the order of the command line: one list, whichever option named it. */
  readonly fault?: readonly StageArgument[];
  readonly use?: readonly StageArgument[];
  readonly dump?: readonly StageArgument[];
  readonly seed?: number;
  readonly faultLog?: string;
  readonly summary?: true;
  readonly metrics?: Endpoint;
  readonly config?: string;
}

const examples = `
Examples:
  ccecho --port 7007                    serve TCP on port 7007, all local addresses
  ccecho -tcp -udp --port 7007          serve TCP and UDP on the same port number
  ccecho --host 127.0.0.1 --port 0      serve only this machine, on a free port
  ccecho --once --port 7007             serve one client and exit
  ccecho --port 7007 --workers auto     serve on every core
  ccecho --port 7007 --log-format json  log one JSON object per line
  ccecho --port 7007 --fault 3g         simulate a slow network; ccecho faults lists all faults

Talk to it:   nc 127.0.0.1 7007         nc -u 127.0.0.1 7007
Stop it:      ctrl-C drains and exits; a second one, half a second later, exits at once
Watch it:     --metrics 9100, and http://127.0.0.1:9100/metrics

Exit status:  0 success, 1 something was lost, 2 wrong usage, 3 cannot listen, 70 a bug in ccecho
`;

/** The root command: `ccecho` alone serves. Commander reads the words; what they do is not its business. */
export const createProgram = (version: string): Command => {
  const chain: StageArgument[] = [];
  const inOrder =
    (option: StageArgument['option']) =>
    (text: string): readonly StageArgument[] => {
      chain.push({ option, text });
      return chain;
    };
  return (
    new Command('ccecho')
      .description('An RFC 862 echo server: what you send comes back, in order, whole, and stopping it loses nothing.')
      .usage(
        '[options]\n       ccecho faults [NAME]     list the faults, or explain one' +
          '\n       ccecho config [options]  print the effective options and their sources',
      )
      .addOption(new Option('--tcp', 'serve TCP (the default)'))
      .addOption(new Option('--udp', 'serve UDP; with --tcp, both on the same port number'))
      .addOption(
        new Option('-p, --port <number>', 'port to listen on; 0 picks one that is free for TCP and UDP')
          .default(7)
          .argParser(usageParser(port)),
      )
      .addOption(
        new Option('--host <address>', 'address to listen on (repeatable; default: all, IPv6 and IPv4)').argParser(
          (host: string, before: readonly string[] = []) => [...before, usageParser(parseHost)(host)],
        ),
      )
      .addOption(
        new Option(
          '--allow <network>',
          'serve only these networks (repeatable): 192.0.2.0/24, 2001:db8::/32',
        ).argParser((text: string, before: readonly string[] = []) => [...before, usageParser(parseNetwork)(text)]),
      )
      .addOption(
        new Option('--deny <network>', 'refuse these networks, even if --allow names them (repeatable)').argParser(
          (text: string, before: readonly string[] = []) => [...before, usageParser(parseNetwork)(text)],
        ),
      )
      .addOption(
        new Option('--udp-ignore-ports <ports>', 'drop the datagrams from these source ports')
          .choices(sourcePortPolicies)
          .default('reserved'),
      )
      .addOption(
        new Option(
          '--udp-max-rate <frequency>',
          'answer at most this many datagrams of one address: 1000/s, 90/min',
        ).argParser(usageParser(parseFrequency)),
      )
      .addOption(new Option('--udp-wildcard', 'bind one UDP socket for all addresses instead of one per address'))
      .addOption(
        new Option('--udp-receive-buffer <size>', 'receive buffer of each UDP socket')
          .default(4 * 1024 ** 2, '4MiB')
          .argParser(usageParser(bufferSize)),
      )
      .addOption(new Option('--once', 'exit after the first connection has ended or the first datagram is answered'))
      .addOption(
        new Option(
          '--max-connections <number>',
          'limit of open connections; further ones are refused (default: from ulimit -n); not with --workers',
        ).argParser(usageParser(parseCount)),
      )
      .addOption(
        new Option(
          '--max-connections-per-source <number>',
          'limit of open connections from one IPv4 address or IPv6 /64 (per worker)',
        ).argParser(usageParser(parseCount)),
      )
      .addOption(
        new Option(
          '--max-buffered <size>',
          'pause reading when this much is buffered over all connections (per worker)',
        )
          .default(256 * 1024 ** 2, '256MiB')
          .argParser(usageParser(heldSize)),
      )
      .addOption(
        new Option(
          '--idle-timeout <duration>',
          'close a connection after this long without traffic; reset one that does not read its pending bytes',
        ).argParser(usageParser(idleDuration)),
      )
      .addOption(
        new Option(
          '--workers <number>',
          'processes that share the TCP connections; auto: one per core. Each counts connections and seeds on its own',
        ).argParser(usageParser(parseWorkerCount)),
      )
      .addOption(
        new Option('--grace <duration>', 'time limit of the drain at a stop: 500ms, 10s, 1m30s')
          .default(10_000, '10s')
          .argParser(usageParser(parseDuration)),
      )
      .addOption(
        new Option(
          '--shutdown-delay <duration>',
          'keep serving this long after the signal, while /readyz fails; a second signal skips the wait',
        ).argParser(usageParser(parseDuration)),
      )
      .addOption(
        new Option('--log-level <level>', 'minimum level of the log')
          .choices(['error', 'warn', 'info', 'debug', 'silent'])
          .default('info'),
      )
      .addOption(new Option('--log-format <format>', 'format of the log').choices(['text', 'json']).default('text'))
      .addOption(
        new Option('--fault <fault>', 'add a fault on the way back (repeatable): latency=50ms,jitter=10ms').argParser(
          inOrder('fault'),
        ),
      )
      .addOption(
        new Option(
          '--use <file>',
          'add your own operator (repeatable): a file that exports (context) => operator',
        ).argParser(inOrder('use')),
      )
      .addOption(
        new Option(
          '--dump <how>',
          'print the traffic at this place (repeatable): hex, text, marbles[,column=10ms]',
        ).argParser(inOrder('dump')),
      )
      .addOption(
        new Option('--seed <number>', 'repeat the random numbers of an earlier run').argParser(usageParser(seed)),
      )
      .addOption(new Option('--fault-log <file>', 'write each fault decision as a JSON line'))
      .addOption(new Option('--summary', 'print traffic totals at the end and on SIGUSR2; faults always print theirs'))
      .addOption(
        new Option(
          '--metrics <address>',
          'serve /metrics, /livez and /readyz over HTTP: 9100 on loopback only, :9100 on all addresses',
        ).argParser(usageParser(parseMetricsAddress)),
      )
      .addOption(
        new Option(
          '--config <file>',
          'read options from a JSON file; CCECHO_* variables and the command line override it',
        ),
      )
      .version(version, '-V, --version', 'print the version and exit')
      .helpOption('-h, --help', 'print this help and exit')
      .addHelpText('after', examples)
      .configureHelp({
        optionTerm: ({ flags }) => (flags === '--tcp' || flags === '--udp' ? `-${flags.slice(2)}, ${flags}` : flags),
      })
      // What is wrong with the words is said by whoever catches it, in one line.
      .configureOutput({ writeErr: () => undefined })
      .showSuggestionAfterError(false)
      .allowExcessArguments(true)
      .exitOverride()
  );
};

const seed = (text: string): number => {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new EchoError('ERR_ECHO_OPTION', 'expected a whole number');
};

/** With less, a connection's own reads would fill it. */
const heldSize = (text: string): number => {
  const bytes = parseSize(text);
  if (bytes >= 1024 ** 2) return bytes;
  throw new EchoError('ERR_ECHO_OPTION', `${text} is too small; expected at least 1MiB, which one connection may need`);
};

const bufferSize = (text: string): number => {
  const bytes = parseSize(text);
  if (bytes >= 4096 && bytes <= 1024 ** 3) return bytes;
  throw new EchoError('ERR_ECHO_OPTION', `${text} is out of range; expected 4KiB to 1GiB`);
};

const idleDuration = (text: string): number => {
  const ms = parseDuration(text);
  if (ms >= 100) return ms;
  throw new EchoError('ERR_ECHO_OPTION', `${text} is too short; expected at least 100ms`);
};

const port = (text: string): number => {
  if (/^\d+$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new EchoError('ERR_ECHO_OPTION', 'expected a whole number from 0 to 65535');
};

/** A parser of ours as commander's: its errors become usage errors that name the option. */
const usageParser =
  <T>(parse: (text: string) => T) =>
  (text: string): T => {
    try {
      return parse(text);
    } catch (error) {
      throw error instanceof EchoError ? new InvalidArgumentError(error.message) : error;
    }
  };
