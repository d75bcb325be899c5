import { NEVER, switchMap, type Observable, type SchedulerLike } from 'rxjs';
import { assertKeys, type Keys } from '../../assertKeys';
import type { Transport } from '../../endpoint';
import { monotonicScheduler } from '../../monotonicScheduler';
import { assertInRange, assertPort } from '../../options';
import { resolve } from '../resolve';
import { LoadRun } from './loadRun';
import type { LoadStats } from './loadStats';

export interface LoadOptions {
  readonly host: string;
  /** Default: `7`. */
  readonly port?: number;
  /** Default: `tcp`. */
  readonly transport?: Transport;
  /** Sets the number of connections, or of UDP sockets. Minimum: `1`. Default: `1`. */
  readonly connections?: number;
  /** Sets the bytes of a message. Minimum: `1`. Default: `64`. */
  readonly size?: number;
  /** Sets how many messages of a connection are under way. Minimum: `1`. Default: `1`. */
  readonly depth?: number;
  /** Sets the messages per second over all connections, whether answers come or not. Default: as fast as answers come. */
  readonly messagesPerSecond?: number;
  /** Limits the messages. Default: no limit. */
  readonly count?: number;
  /** Limits the time, in milliseconds. Default: `10000`. */
  readonly durationMs?: number;
  /** Limits the wait for a datagram, in milliseconds. Default: `1000`. */
  readonly timeoutMs?: number;
  /** With TCP, opens a connection for each message. Default: `false`. */
  readonly reconnect?: boolean;
  readonly family?: 4 | 6;
  readonly stop$?: Observable<unknown>;
  readonly scheduler?: SchedulerLike;
}

const loadKeys: Keys<LoadOptions> = {
  host: true,
  port: true,
  transport: true,
  connections: true,
  size: true,
  depth: true,
  messagesPerSecond: true,
  count: true,
  durationMs: true,
  timeoutMs: true,
  reconnect: true,
  family: true,
  stop$: true,
  scheduler: true,
};

/**
 * Loads an echo service, and verifies every byte. Emits its statistics once a second, the same object each time, and at the end.
 *
 * Without a rate it is a closed loop: each connection sends when an answer has come. With a rate it is an open loop, which sends
 * when a message is due; the time from then is measured beside the time from the send, and neither is corrected.
 *
 * Errors with `ERR_ECHO_CONNECTION` when the name cannot be resolved, or a connection of the start is refused.
 *
 * @throws `ERR_ECHO_OPTION` for an invalid option.
 */
export const load = (options: LoadOptions): Observable<LoadStats> => {
  assertKeys('load', options, loadKeys);
  const { host, port = 7, transport = 'tcp', connections = 1, size = 64, depth = 1, messagesPerSecond } = options;
  const { count = Infinity, durationMs = 10_000, timeoutMs = 1000, reconnect = false, family, stop$ = NEVER } = options;
  const { scheduler = monotonicScheduler } = options;
  assertPort(port);
  assertInRange('connections', connections, 1, 100_000);
  assertInRange('size', size, 1, transport === 'udp' ? 65_507 : 64 * 1024 * 1024);
  assertInRange('depth', depth, 1, 65_536);
  assertInRange('count', count, 1, Infinity);
  assertInRange('durationMs', durationMs, 1);
  if (messagesPerSecond !== undefined) assertInRange('messagesPerSecond', messagesPerSecond, 1, 1_000_000);
  const run = {
    transport,
    connections,
    size,
    depth,
    count,
    durationMs,
    timeoutMs,
    reconnect,
    messagesPerSecond,
    stop$,
  };
  return resolve(host, family).pipe(
    switchMap((address) => new LoadRun({ ...run, target: { host: address, port }, scheduler }).stats$),
  );
};
