import type { Transport } from '../lib/index';
import type { Contender } from './contenders';
import type { LoadKind, LoadOptions } from './load';

/** A way to use an echo server. */
export interface Shape extends Omit<LoadOptions, 'port'> {
  readonly name: string;
  readonly transport: Transport;
  readonly load: LoadKind;
  /** How many messages come before it is measured: until all that is hot is compiled, however busy the machine. */
  readonly warmMessages: number;
  /** What the servers do. Default: `echo`. */
  readonly does?: Contender['does'];
}

const tcp = { transport: 'tcp', load: 'messages', depth: 1 } as const;
const udp = { transport: 'udp', load: 'datagrams', clients: 10, warmMessages: 40_000 } as const;

/** Small and large messages, one and many at once; few and many connections, short ones; datagrams. */
export const shapes: readonly Shape[] = [
  { ...tcp, name: '64 B, 50 connections', clients: 50, bytes: 64, warmMessages: 60_000 },
  { ...tcp, name: '1 KiB, 16 deep, 50 connections', clients: 50, bytes: 1024, depth: 16, warmMessages: 400_000 },
  { ...tcp, name: '64 KiB, 4 deep, 10 connections', clients: 10, bytes: 64 * 1024, depth: 4, warmMessages: 15_000 },
  { ...tcp, name: '64 B, 9,000 connections', clients: 9000, bytes: 64, warmMessages: 60_000 },
  { ...tcp, name: 'connect, echo 64 B, close', clients: 32, bytes: 64, load: 'cycles', warmMessages: 12_000 },
  {
    ...tcp,
    name: 'frames of 64 B, 16 deep, 50 connections',
    clients: 50,
    bytes: 64,
    depth: 16,
    warmMessages: 400_000,
    does: 'frames',
  },
  { ...udp, name: 'UDP 64 B, 1 deep', bytes: 64, depth: 1 },
  { ...udp, name: 'UDP 64 B, 16 deep', bytes: 64, depth: 16 },
  { ...udp, name: 'UDP 1400 B, 8 deep', bytes: 1400, depth: 8 },
];
