import { networkInterfaces } from 'node:os';
import type { Observable, SchedulerLike } from 'rxjs';
import type { Keys } from './assertKeys';
import { monotonicScheduler } from './monotonicScheduler';
import { EchoError } from './errors';
import type { ParentBudget } from './budget';
import type { DroppedDatagram, RefusedConnection } from './peer';

/** Where to listen. */
export interface ListenOptions {
  /** Sets the address to bind; a name is resolved. Default: all local addresses, IPv6 and IPv4. */
  readonly host?: string;
  /** Sets the port, 0 to 65535; 0 lets the system choose. */
  readonly port: number;
  /** Leaves IPv4 to another socket, when the host is `::`. Default: `false`. */
  readonly ipv6Only?: boolean;
}

export interface ConnectionOptions {
  /**
   * Limits how long to read and discard after our FIN, in milliseconds, if the peer does not end its side. Default:
   * `1000`.
   */
  readonly lingerMs?: number;
  /** Also charges what is buffered to this budget, and pauses reading while it is closed. Default: none. */
  readonly sharedBudget?: ParentBudget;
  /** Sets the clock and the timers. Default: real time. */
  readonly scheduler?: SchedulerLike;
  /**
   * Emits views of one read buffer through `bytes$`; the next read overwrites them. It saves a copy if the bytes go
   * straight to a sink. Code that keeps a chunk must call `retain`. Default: `false`.
   */
  readonly reuseReadBuffer?: boolean;
}

export interface TcpServerOptions extends ListenOptions, ConnectionOptions {
  /** Limits the open connections; further ones are accepted and closed at once. Minimum: `1`. Default: `Infinity`. */
  readonly maxConnections?: number;
  /** Limits the open connections from one IPv4 address or IPv6 /64 network. Minimum: `1`. Default: `Infinity`. */
  readonly maxConnectionsPerSource?: number;
  /** Called for each refused connection. Default: nothing is called. */
  readonly onRefused?: (refused: RefusedConnection) => void;
  /** Sets how many connections the kernel queues until they are accepted; the system may cap it. Default: `511`. */
  readonly backlog?: number;
  /**
   * Asks the primary of node:cluster whether it still holds connections for this worker, and emits when it has
   * answered. Default: nothing is asked, and a quiet time decides.
   */
  readonly acceptQueueDrained$?: Observable<unknown>;
}

export interface UdpServerOptions extends ListenOptions {
  /** Also charges what is buffered to this budget, and drops datagrams while it is closed. Default: none. */
  readonly sharedBudget?: ParentBudget;
  /**
   * Binds one socket for all local addresses when there is no host; routing then chooses the source address of a reply.
   * Default: `false`, one socket for each address, looked up every 5 s; `true` if the system cannot list its addresses.
   */
  readonly wildcard?: boolean;
  /** Lists the local addresses. Default: `os.networkInterfaces`. */
  readonly interfaces?: typeof networkInterfaces;
  /** Called when an address is added or removed, or cannot be bound. Default: nothing is called. */
  readonly onLog?: (note: LogEntry) => void;
  /**
   * Sets the receive buffer to request for each socket, in bytes. The system may grant less, and drops what has no
   * room. Minimum: `1`. Default: 4 MiB.
   */
  readonly receiveBufferBytes?: number;
  /**
   * Limits the datagrams answered per second to one address, whatever its ports; the burst is one second's worth.
   * Minimum: `0.01`. Default: no limit.
   */
  readonly maxDatagramsPerSecond?: number;
  /** Sets the clock and the timer. Default: real time. */
  readonly scheduler?: SchedulerLike;
  /** Called for each dropped datagram. Default: nothing is called. */
  readonly onDropped?: (dropped: DroppedDatagram) => void;
}

/** A message for a log. */
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

/** The defaults of the library. */
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

/** The largest signed integer of 32 bits, which is what systems accept. */
const MAX_BUFFER_BYTES = 2 ** 31 - 1;

/** @throws `ERR_ECHO_OPTION` unless `value` is a number from `least` to `most`. NaN is rejected. */
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

/** @throws `ERR_ECHO_OPTION` for a UDP option that is out of its range. */
export function checkUdpOptions({ maxDatagramsPerSecond = 1, ...options }: Omit<UdpServerOptions, 'port'>): void {
  assertInRange('receiveBufferBytes', options.receiveBufferBytes ?? defaults.receiveBufferBytes, 1, MAX_BUFFER_BYTES);
  assertInRange('maxDatagramsPerSecond', maxDatagramsPerSecond, 0.01);
}
