import { Command, Option } from 'commander';
import { EchoError } from '../../errors';
import { parseDuration } from '../../format/parseDuration';
import { parsePercent } from '../../format/parsePercent';
import { parseCount } from '../../format/parseQuantity';
import { parseHost } from './parseAddress';
import { parsePort } from './parseOption';
import { usageParser } from './usageParser';

/** The largest acceptable percentile of the round trips. */
export interface RttLimit {
  /** In thousandths: 999 is p99.9. */
  readonly thousandths: number;
  readonly maxMs: number;
  readonly text: string;
}

/** The options of `ccecho probe`, as parsed. */
export interface ProbeFlags {
  readonly tcp?: true;
  readonly udp?: true;
  readonly port?: number;
  readonly count?: number;
  readonly interval: number;
  readonly size: number;
  readonly deadline?: number;
  readonly timeout: number;
  readonly flows: number;
  readonly quiet?: true;
  readonly verbose?: true;
  readonly timestamps?: true;
  readonly ipv4?: true;
  readonly ipv6?: true;
  readonly source?: string;
  readonly sourcePort?: number;
  readonly pattern?: Buffer;
  readonly reconnect?: true;
  readonly maxLoss?: number;
  readonly maxRtt?: readonly RttLimit[];
  readonly maxConsecutiveLoss?: number;
  readonly json?: true;
  readonly ndjson?: true;
}

const footer = `
Examples:
  ccecho probe 192.0.2.7                            TCP port 7, until ctrl-C
  ccecho probe -udp host:7007 -c 100 -i 10ms        100 datagrams, every 10 ms
  ccecho probe -udp host -c 1000 --flows 16         find the flows that lose
  ccecho probe host -c 100 --max-rtt p90=20ms       exit with 1 if it is slower

Exit status:  0 success, 1 all lost or a limit exceeded, 2 wrong usage,
              3 cannot resolve or connect, 70 a bug in ccecho
`;

/** The command `ccecho probe`. Commander only parses the arguments. */
export const createProbeProgram = (): Command => {
  const program = new Command('ccecho probe')
    .description('Probe an RFC 862 echo service: send on a schedule, verify every byte, and measure.')
    .usage('HOST[:PORT] [options]')
    .argument('[host]')
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
  for (const [heading, options] of groups()) {
    program.optionsGroup(`${heading}:`);
    for (const option of options) program.addOption(option);
  }
  return program.addHelpOption(new Option('-h, --help', 'print this help and exit').helpGroup('Output:'));
};

const groups = (): (readonly [string, readonly Option[]])[] => [
  [
    'Target',
    [
      new Option('--tcp', 'probe over TCP (the default)'),
      new Option('--udp', 'probe over UDP'),
      new Option('-p, --port <n>', 'port of the target (default: 7)').argParser(usageParser(parsePort)),
      new Option('-4, --ipv4', 'use an IPv4 address of the target'),
      new Option('-6, --ipv6', 'use an IPv6 address of the target'),
      new Option('-I, --source <address>', 'local address to send from').argParser(usageParser(parseSource)),
      new Option('--source-port <n>', 'first source port; flows use the next ones').argParser(usageParser(parsePort)),
    ],
  ],
  [
    'Probes',
    [
      new Option('-c, --count <n>', 'probes to send (default: no limit)').argParser(usageParser(parseCount)),
      new Option('-i, --interval <duration>', 'time between two probes')
        .default(1000, '1s')
        .argParser(usageParser(parseInterval)),
      new Option('-s, --size <bytes>', 'payload of a probe').default(64).argParser(usageParser(parseBytes)),
      new Option('-W, --timeout <duration>', 'wait for an answer')
        .default(1000, '1s')
        .argParser(usageParser(parseWait)),
      new Option('-w, --deadline <duration>', 'stop sending after this time').argParser(usageParser(parseWait)),
      new Option('--flows <n>', 'source ports or connections, in turn').default(1).argParser(usageParser(parseCount)),
      new Option('--pattern <hex>', 'bytes behind the header, repeated').argParser(usageParser(parsePattern)),
      new Option('--reconnect', 'TCP: a connection for each probe'),
    ],
  ],
  [
    'Limits, which make the exit status 1',
    [
      new Option('--max-loss <share>', 'lost probes: 1%').argParser(usageParser(parsePercent)),
      new Option('--max-rtt <limit>', 'round trip, repeatable: p99=20ms, max=1s').argParser(
        (text: string, before: readonly RttLimit[] = []) => [...before, usageParser(parseRttLimit)(text)],
      ),
      new Option('--max-consecutive-loss <n>', 'lost probes in a row').argParser(usageParser(parseCount)),
    ],
  ],
  [
    'Output',
    [
      new Option('-q, --quiet', 'print only the summary'),
      new Option('-v, --verbose', 'print what is sent, and more statistics'),
      new Option('-D, --timestamps', 'print the time before each line'),
      new Option('--json', 'print the summary as one JSON document'),
      new Option('--ndjson', 'print one JSON object per event'),
    ],
  ],
];

const optionError = (message: string): EchoError => new EchoError('ERR_ECHO_OPTION', message);

/** ping takes seconds without a unit: the error shows what that would be. */
const parseWait = (text: string): number => {
  if (/^\d*\.?\d+$/.test(text)) throw optionError(`${text} has no unit; expected ${Number(text) * 1000}ms or ${text}s`);
  return parseDuration(text);
};

const parseInterval = (text: string): number => {
  const ms = parseWait(text);
  if (ms >= 1) return ms;
  throw optionError(`${text} is too short; expected at least 1ms`);
};

const parseBytes = (text: string): number => {
  if (/^\d+$/.test(text) && Number(text) <= 65_527) return Number(text);
  throw optionError('expected a number of bytes from 0 to 65527');
};

const parsePattern = (text: string): Buffer => {
  if (/^([0-9a-f]{2})+$/i.test(text)) return Buffer.from(text, 'hex');
  throw optionError(`invalid pattern "${text}"; expected bytes in hex, for example 00ff`);
};

const parseSource = (text: string): string => {
  if (/^[\da-f:.%\w]*[.:][\da-f:.%\w]*$/i.test(text)) return parseHost(text);
  throw optionError(`"${text}" is not an address; for an interface use: ip vrf exec ${text} ccecho probe …`);
};

const parseRttLimit = (text: string): RttLimit => {
  const [, name = '', duration = ''] = /^(p\d{1,2}(?:\.\d)?|max)=(.+)$/.exec(text) ?? [];
  if (name === '') throw optionError(`invalid limit "${text}"; expected for example p99=20ms or max=1s`);
  const thousandths = name === 'max' ? 1000 : Math.round(Number(name.slice(1)) * 10);
  return { thousandths, maxMs: parseDuration(duration), text };
};
