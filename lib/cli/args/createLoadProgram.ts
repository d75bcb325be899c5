import { Command, InvalidArgumentError, Option } from 'commander';
import { EchoError } from '../../errors';
import { parseDuration } from '../../format/parseDuration';
import { parseCount, parseFrequency } from '../../format/parseQuantity';
import { parsePort } from './parseOption';
import { usageParser } from './usageParser';

/** The options of `ccecho load`, as parsed. */
export interface LoadFlags {
  readonly tcp?: true;
  readonly udp?: true;
  readonly port?: number;
  readonly ipv4?: true;
  readonly ipv6?: true;
  readonly connections: number;
  readonly size: number;
  readonly depth: number;
  readonly duration: number;
  readonly rate?: number;
  readonly reconnect?: true;
  readonly json?: true;
}

const footer = `
Examples:
  ccecho load host:7007 --connections 50            as fast as answers come
  ccecho load -udp host --rate 10000/s              10,000 datagrams a second
  ccecho load host --reconnect --connections 10     a connection per message

Exit status:  0 every message came back, 1 some did not, 2 wrong usage,
              3 cannot resolve or connect, 70 a bug in ccecho
`;

/** The largest message of a TCP stream. */
const MAX_BYTES = 64 * 1024 * 1024;

const parseMessageBytes = (text: string): number => {
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_BYTES) return Number(text);
  throw new EchoError('ERR_ECHO_OPTION', `expected a number of bytes from 1 to ${MAX_BYTES}`);
};

/** The letters of wrk and oha mean different things: they are refused, and name the option. */
const foreign = (letter: string, option: string): Option =>
  new Option(`-${letter} <value>`).hideHelp().argParser(() => {
    throw new InvalidArgumentError(`-${letter} means different things to load generators; expected ${option}`);
  });

/** The command `ccecho load`. Commander only parses the arguments. */
export const createLoadProgram = (): Command =>
  new Command('ccecho load')
    .description('Load an RFC 862 echo service, and verify every byte that comes back.')
    .usage('HOST[:PORT] [options]')
    .argument('[host]')
    .addOption(new Option('--tcp', 'load TCP (the default)'))
    .addOption(new Option('--udp', 'load UDP'))
    .addOption(new Option('-p, --port <n>', 'port of the target (default: 7)').argParser(usageParser(parsePort)))
    .addOption(new Option('-4, --ipv4', 'use an IPv4 address of the target'))
    .addOption(new Option('-6, --ipv6', 'use an IPv6 address of the target'))
    .addOption(
      new Option('--connections <n>', 'connections or UDP sockets').default(1).argParser(usageParser(parseCount)),
    )
    .addOption(
      new Option('-s, --size <bytes>', 'bytes of a message').default(64).argParser(usageParser(parseMessageBytes)),
    )
    .addOption(
      new Option('--depth <n>', 'messages under way per connection').default(1).argParser(usageParser(parseCount)),
    )
    .addOption(
      new Option('--duration <duration>', 'how long').default(10_000, '10s').argParser(usageParser(parseDuration)),
    )
    .addOption(new Option('--rate <frequency>', 'send on a schedule: 10000/s').argParser(usageParser(parseFrequency)))
    .addOption(new Option('--reconnect', 'TCP: a connection for each message'))
    .addOption(new Option('--json', 'print one JSON document'))
    .addOption(foreign('c', '--connections'))
    .addOption(foreign('n', '--duration or --rate'))
    .addOption(foreign('d', '--duration'))
    .helpOption('-h, --help', 'print this help and exit')
    .configureHelp({
      helpWidth: 80,
      visibleArguments: () => [],
      optionTerm: ({ flags }) => (flags === '--tcp' || flags === '--udp' ? `-${flags.slice(2)}, ${flags}` : flags),
      optionDescription: ({ description, defaultValue, defaultValueDescription }) =>
        defaultValue === undefined
          ? description
          : `${description} (default: ${defaultValueDescription ?? String(defaultValue)})`,
    })
    .configureOutput({ writeErr: () => undefined })
    .addHelpText('after', footer)
    .showSuggestionAfterError(false)
    .allowExcessArguments(true)
    .exitOverride();
