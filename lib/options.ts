import { networkInterfaces } from 'node:os';
import type { Observable, SchedulerLike } from 'rxjs';
import type { Keys } from './assertKeys';
import { monotonicScheduler } from './monotonicScheduler';
import { EchoError } from './errors';
import type { ParentBudget } from './budget';
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
  readonly sharedBudget?: ParentBudget;
  /** The clock and the timers. Default: real time. */
  readonly scheduler?: SchedulerLike;
  /**
   * Chunks of `bytes$` are lent: one is overwritten as soon as `next` has returned. It saves the copy of bytes that go straight
   * to a `send`; with anybody on the way who keeps a chunk, or hands it on later, it breaks them. Default: `false`.
   */
  readonly reuseReadBuffer?: boolean;
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
  /**
   * In a worker of node:cluster: asks whoever accepts for us whether there is more, and emits when it has answered.
   * Default: nobody can be asked, and a quiet time has to do.
   */
  readonly acceptQueueDrained$?: Observable<unknown>;
}

export interface UdpServerOptions extends ListenOptions {
  /** What is held here counts there too: a datagram that comes while as much is held as may be is dropped. Default: none. */
  readonly sharedBudget?: ParentBudget;
  /**
   * Without a host: one socket for all local addresses, which answers from whichever address routing picks. Default:
   * `false`, a socket at each of them, looked up every 5 s; `true` where the system does not tell them.
   */
  readonly wildcard?: boolean;
  /** The local addresses. Default: `os.networkInterfaces`. */
  readonly interfaces?: typeof networkInterfaces;
  /** Told of addresses that come and go, and of those that cannot be bound. Default: nobody is. */
  readonly onLog?: (note: LogEntry) => void;
  /**
   * How much the kernel is asked to keep of what we have not yet read, of each socket, in bytes; it may give less, and drops
   * what has no room. Minimum: `1`. Default: 4 MiB.
   */
  readonly receiveBufferBytes?: number;
  /**
   * How many datagrams of one address are answered a second, whatever its ports; as many at once after a quiet second.
   * Minimum: `0.01`. Default: as many as come.
   */
  readonly maxDatagramsPerSecond?: number;
  /** The clock and the timer. Default: real time. */
  readonly scheduler?: SchedulerLike;
  /** Told of each datagram that was received and will not be answered. Default: nobody is. */
  readonly onDropped?: (dropped: DroppedDatagram) => void;
}

/** Something to say, for a log. */
export interface LogEntry {
  readonly level: 'warn' | 'info' | 'debug';
  readonly message: string;
}

const listenKeys: Keys<ListenOptions> = { host: true, port: true, ipv6Only: true };

export const connectionKeys: Keys<ConnectionOptions> = {
  lingerMs: true,
  sharedBudget: true,
  scheduler: true,
  reuseReadBuffer: true,
};

export const tcpServerKeys: Keys<TcpServerOptions> = {
  ...listenKeys,
  ...connectionKeys,
  maxConnections: true,
  maxConnectionsPerSource: true,
  onRefused: true,
  backlog: true,
  acceptQueueDrained$: true,
};

export const udpServerKeys: Keys<UdpServerOptions> = {
  ...listenKeys,
  sharedBudget: true,
  wildcard: true,
  interfaces: true,
  onLog: true,
  receiveBufferBytes: true,
  maxDatagramsPerSecond: true,
  scheduler: true,
  onDropped: true,
};

/** The library's defaults, in one place. */
export const defaults = {
  backlog: 511,
  lingerMs: 1000,
  scheduler: monotonicScheduler,
  idleMs: 60_000,
  maxFlows: 4096,
  ignoreSourcePorts: 'reserved',
  wildcard: false,
  interfaces: networkInterfaces,
  loopThreshold: 10_000,
  receiveBufferBytes: 4 * 1024 * 1024,
} as const;

/** What a signed number of 32 bits holds, which is what systems take. */
const MAX_BUFFER_BYTES = 2 ** 31 - 1;

/** @throws `ERR_ECHO_OPTION` unless `value` is a number from `least` to `most`. NaN is none. */
export function assertInRange(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} up` : `from ${least} to ${most}`;
  throw new EchoError('ERR_ECHO_OPTION', `Expected \`${name}\` to be a number ${range}, got \`${value}\``);
}

/** @throws `ERR_ECHO_OPTION` unless `value` is a port number. */
export function assertPort(value: number): number {
  if (Number.isInteger(value)) return assertInRange('port', value, 0, 65535);
  throw new EchoError('ERR_ECHO_OPTION', `Expected \`port\` to be a whole number from 0 to 65535, got \`${value}\``);
}

/** @throws `ERR_ECHO_OPTION` for an option of UDP alone that is out of its range. */
export function checkUdpOptions({ maxDatagramsPerSecond = 1, ...options }: Omit<UdpServerOptions, 'port'>): void {
  assertInRange('receiveBufferBytes', options.receiveBufferBytes ?? defaults.receiveBufferBytes, 1, MAX_BUFFER_BYTES);
  assertInRange('maxDatagramsPerSecond', maxDatagramsPerSecond, 0.01);
}
