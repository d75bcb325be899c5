import { EchoError } from '../../errors';
import { parseDuration } from '../../format/parseDuration';
import { parseCount, parseFrequency } from '../../format/parseQuantity';
import type { CommandDefinition } from './commandOf';
import type { OptionEntry } from './optionTable';
import { targetOptions, type TargetFlags } from './targetOptions';

/** The options of `ccecho load`, as parsed. */
export interface LoadFlags extends TargetFlags {
  readonly connections: number;
  readonly size: number;
  readonly depth: number;
  readonly count?: number;
  readonly duration: number;
  readonly rate?: number;
  readonly reconnect?: true;
  readonly json?: true;
}

/** The largest message of a TCP stream. */
const MAX_BYTES = 64 * 1024 * 1024;

const parseMessageBytes = (text: string): number => {
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_BYTES) return Number(text);
  throw new EchoError('ERR_ECHO_OPTION', `expected a number of bytes from 1 to ${MAX_BYTES}`);
};

/** The letters of wrk and oha mean different things: they are refused, and name the option. */
const foreign = (letter: string, option: string): OptionEntry => ({
  flags: `-${letter} <value>`,
  description: '',
  isHidden: true,
  parse: () => {
    throw new EchoError('ERR_ECHO_OPTION', `-${letter} means different things to load generators; expected ${option}`);
  },
});

/** The command `ccecho load`. */
export const loadProgram: CommandDefinition = {
  name: 'ccecho load',
  description: 'Load an RFC 862 echo service, and verify every byte that comes back.',
  usage: 'HOST[:PORT] [options]',
  options: [
    { heading: 'Target', options: targetOptions('load', true) },
    {
      heading: 'Load',
      options: [
        { flags: '--connections <n>', description: 'connections or UDP sockets', default: 1, parse: parseCount },
        { flags: '-s, --size <bytes>', description: 'bytes of a message', default: 64, parse: parseMessageBytes },
        { flags: '--depth <n>', description: 'messages under way per connection', default: 1, parse: parseCount },
        { flags: '--count <n>', description: 'messages to send (default: no limit)', parse: parseCount },
        {
          flags: '--duration <duration>',
          description: 'end after this time',
          default: 10_000,
          defaultText: '10s',
          parse: parseDuration,
        },
        { flags: '--rate <frequency>', description: 'send on a schedule: 10000/s', parse: parseFrequency },
        { flags: '--reconnect', description: 'TCP: a connection for each message' },
        foreign('c', '--connections'),
        foreign('n', '--count'),
        foreign('d', '--duration'),
      ],
    },
    { heading: 'Output', options: [{ flags: '--json', description: 'print one JSON document' }] },
  ],
  footer: `
Examples:
  ccecho load host:7007 --connections 50            as fast as answers come
  ccecho load -udp host --rate 10000/s              10,000 datagrams a second
  ccecho load host --reconnect --connections 10     a connection per message

Exit status:  0 every message came back, 1 some did not, 2 wrong usage,
              3 cannot resolve or connect, 70 a bug in ccecho
`,
};
