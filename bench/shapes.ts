import type { Transport } from '../lib';
import { cycles, datagrams, messages, type Load, type LoadOptions } from './load';

/** A way to use an echo server. */
export interface Shape extends Omit<LoadOptions, 'port'> {
  readonly name: string;
  readonly transport: Transport;
  readonly load: (options: LoadOptions) => Promise<Load>;
  /** How long to run before it is measured, in milliseconds: until the server is warm. */
  readonly warmMs: number;
}

const tcp = { transport: 'tcp', load: messages, warmMs: 1500 } as const;
const udp = { transport: 'udp', load: datagrams, warmMs: 1500, clients: 10 } as const;

/** Small and large messages, one and many at once; few and many connections, short ones; datagrams. */
export const shapes: readonly Shape[] = [
  { ...tcp, name: '64 B, 50 connections', clients: 50, bytes: 64, depth: 1 },
  { ...tcp, name: '1 KiB, 16 deep, 50 connections', clients: 50, bytes: 1024, depth: 16 },
  { ...tcp, name: '64 KiB, 4 deep, 10 connections', clients: 10, bytes: 64 * 1024, depth: 4 },
  { ...tcp, name: '64 B, 9,000 connections', clients: 9000, bytes: 64, depth: 1, warmMs: 3000 },
  { ...tcp, name: 'connect, echo 64 B, close', clients: 32, bytes: 64, depth: 1, load: cycles },
  { ...udp, name: 'UDP 64 B, 1 deep', bytes: 64, depth: 1 },
  { ...udp, name: 'UDP 64 B, 16 deep', bytes: 64, depth: 16 },
  { ...udp, name: 'UDP 1400 B, 8 deep', bytes: 1400, depth: 8 },
];
