import { EchoError } from '../../errors';
import { parseDuration } from '../../format/parseDuration';
import { parsePercent } from '../../format/parsePercent';
import { parseCount } from '../../format/parseQuantity';
import type { Endpoint } from '../../endpoint';
import type { CommandDefinition } from './commandOf';
import { parseHost, parseMetricsAddress } from './parseAddress';
import { parseDscp } from './parseDscp';
import { parsePort } from './parseOption';
import { targetOptions, type TargetFlags } from './targetOptions';

/** The largest acceptable percentile of the round trips. */
export interface RttLimit {
  /** In thousandths: 999 is p99.9. */
  readonly thousandths: number;
  readonly maxMs: number;
  readonly text: string;
}

/** The options of `ccecho probe`, as parsed. */
export interface ProbeFlags extends TargetFlags {
  readonly count?: number;
  readonly interval: number;
  readonly size: number;
  readonly deadline?: number;
  readonly timeout: number;
  readonly flows: number;
  readonly window?: number;
  readonly quiet?: true;
  readonly verbose?: true;
  readonly timestamps?: true;
  readonly source?: string;
  readonly sourcePort?: number;
  readonly dscp?: number;
  readonly pattern?: Buffer;
  readonly reconnect?: true;
  readonly maxLoss?: number;
  readonly maxRtt?: readonly RttLimit[];
  readonly maxConsecutiveLoss?: number;
  readonly json?: true;
  readonly ndjson?: true;
  readonly metrics?: Endpoint;
}

const optionError = (message: string): EchoError => new EchoError('ERR_ECHO_OPTION', message);

/** ping takes seconds without a unit: the error shows what that would be. */
const parseWait = (text: string): number => {
  if (/^\d*\.?\d+$/.test(text)) throw optionError(`${text} has no unit; expected ${Number(text) * 1000}ms or ${text}s`);
  return parseDuration(text);
};

const parseInterval = (text: string): number => {
  const ms = parseWait(text);
  if (ms >= 1) return ms;
  throw optionError(`${text} is too short; expected at least 1ms, or ccecho load --rate for a higher rate`);
};

const parseWindow = (text: string): number => {
  const ms = parseWait(text);
  if (ms >= 1000) return ms;
  throw optionError(`${text} is too short; expected at least 1s`);
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

/** The command `ccecho probe`. */
export const probeProgram: CommandDefinition = {
  name: 'ccecho probe',
  description: 'Probe an RFC 862 echo service: send on a schedule, verify every byte, and measure.',
  usage: 'HOST[:PORT]... [options]',
  options: [
    {
      heading: 'Target',
      options: [
        ...targetOptions('probe over', true),
        { flags: '-I, --source <address>', description: 'local address to send from', parse: parseSource },
        { flags: '--source-port <n>', description: 'first source port; flows use the next ones', parse: parsePort },
        { flags: '--dscp <class>', description: 'TCP: mark packets, for example EF', parse: parseDscp },
      ],
    },
    {
      heading: 'Probes',
      options: [
        { flags: '-c, --count <n>', description: 'probes to send (default: no limit)', parse: parseCount },
        {
          flags: '-i, --interval <duration>',
          description: 'time between two probes',
          default: 1000,
          defaultText: '1s',
          parse: parseInterval,
        },
        { flags: '-s, --size <bytes>', description: 'payload of a probe', default: 64, parse: parseBytes },
        {
          flags: '-W, --timeout <duration>',
          description: 'wait for an answer',
          default: 1000,
          defaultText: '1s',
          parse: parseWait,
        },
        { flags: '-w, --deadline <duration>', description: 'stop sending after this time', parse: parseWait },
        { flags: '--flows <n>', description: 'source ports or connections, in turn', default: 1, parse: parseCount },
        { flags: '--pattern <hex>', description: 'bytes behind the header, repeated', parse: parsePattern },
        { flags: '--reconnect', description: 'TCP: a connection for each probe' },
      ],
    },
    {
      heading: 'Limits, which make the exit status 1',
      options: [
        { flags: '--max-loss <share>', description: 'lost probes: 1%', parse: parsePercent },
        {
          flags: '--max-rtt <limit>',
          description: 'round trip, repeatable: p99=20ms, max=1s',
          parse: parseRttLimit,
          repeatable: 'list',
        },
        { flags: '--max-consecutive-loss <n>', description: 'lost probes in a row', parse: parseCount },
      ],
    },
    {
      heading: 'Output',
      options: [
        { flags: '-q, --quiet', description: 'print only the summary' },
        { flags: '-v, --verbose', description: 'print what is sent, and more statistics' },
        { flags: '-D, --timestamps', description: 'print the time before each line' },
        { flags: '--window <duration>', description: 'print a line for each window: 10s', parse: parseWindow },
        { flags: '--json', description: 'print the summary as one JSON document' },
        { flags: '--ndjson', description: 'print one JSON object per event' },
        {
          flags: '--metrics <[host:]port>',
          description: 'serve metrics of several targets',
          parse: parseMetricsAddress,
        },
      ],
    },
  ],
  footer: `
Examples:
  ccecho probe 192.0.2.7                            TCP port 7, until ctrl-C
  ccecho probe -udp host:7007 -c 100 -i 10ms        100 datagrams, every 10 ms
  ccecho probe -udp host -c 1000 --flows 16         find the flows that lose
  ccecho probe host -c 100 --max-rtt p90=20ms       exit with 1 if it is slower
  ccecho probe -udp one two --metrics 9862          export to Prometheus

Statistics so far:  ctrl-\\ (SIGQUIT) or SIGUSR2
Exit status:        0 success, 1 all lost or a limit exceeded, 2 wrong usage,
                    3 cannot resolve or connect, 70 a bug in ccecho
`,
};
