import type { SchedulerLike } from 'rxjs';
import { monotonicScheduler } from './clock';
import { EchoError } from './errors';
import type { HeldPool } from './flow/heldPool';
import type { DroppedDatagram, RefusedConnection } from './peer';

/** Where to listen. */
export interface ListenOptions {
  /** The address to bind; a name is looked up. Default: all local addresses, IPv6 and IPv4. */
  readonly host?: string;
  /** 0 to 65535; 0 lets the system choose. */
  readonly port: number;
  /** With the host `::`: leave IPv4 to another socket. Default: `false`. */
  readonly ipv6Only?: boolean;
}

export interface ConnectionOptions {
  /** How long to read and discard after our FIN, in milliseconds, for a peer that does not end its side. Default: `1000`. */
  readonly lingerMs?: number;
  /** What is held here counts there too, and nothing is read while as much is held there as may be. Default: none. */
  readonly pool?: HeldPool;
  /** The clock and the timers. Default: real time. */
  readonly scheduler?: SchedulerLike;
}

export interface TcpServerOptions extends ListenOptions, ConnectionOptions {
  /** Connections at once; one more is accepted and closed. Minimum: `1`. Default: `Infinity`. */
  readonly maxConnections?: number;
  /** Of these, from one source: an IPv4 address, or an IPv6 /64 network. Minimum: `1`. Default: `Infinity`. */
  readonly maxConnectionsPerSource?: number;
  /** Told of each connection that was too many. Default: nobody is. */
  readonly onRefused?: (refused: RefusedConnection) => void;
  /** How many connections the kernel may queue until they are accepted; it may cap this. Default: `511`. */
  readonly backlog?: number;
}

export interface UdpServerOptions extends ListenOptions {
  /** What is held here counts there too: a datagram that comes while as much is held as may be is dropped. Default: none. */
  readonly pool?: HeldPool;
  /** Told of each datagram that was received and will not be answered. Default: nobody is. */
  readonly onDropped?: (dropped: DroppedDatagram) => void;
}

/** The library's defaults, in one place. */
export const defaults = {
  backlog: 511,
  lingerMs: 1000,
  scheduler: monotonicScheduler,
  idleMs: 60_000,
  maxFlows: 4096,
} as const;

/** @throws `ERR_ECHO_OPTION` unless `value` is a number from `least` to `most`. NaN is none. */
export function numberIn(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} up` : `from ${least} to ${most}`;
  throw new EchoError('ERR_ECHO_OPTION', `Expected \`${name}\` to be a number ${range}, got \`${value}\``);
}

/** @throws `ERR_ECHO_OPTION` unless `value` is a port number. */
export function portNumber(value: number): number {
  if (Number.isInteger(value)) return numberIn('port', value, 0, 65535);
  throw new EchoError('ERR_ECHO_OPTION', `Expected \`port\` to be a whole number from 0 to 65535, got \`${value}\``);
}
