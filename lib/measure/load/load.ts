import { randomInt } from 'node:crypto';
import {
  concat,
  defer,
  EMPTY,
  from,
  ignoreElements,
  interval,
  map,
  merge,
  NEVER,
  type Observable,
  of,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
  type SchedulerLike,
} from 'rxjs';
import { assertKeys, type Keys } from '../../assertKeys';
import type { Transport } from '../../endpoint';
import { EchoError } from '../../errors';
import { monotonicScheduler } from '../../monotonicScheduler';
import { assertInRange, assertPort } from '../../options';
import { pacer } from '../probe/pacer';
import { resolve } from '../resolve';
import type { LoadClient, LoadClientOptions } from './loadClient';
import { LoadStats } from './loadStats';
import { Messages } from './messages';
import { TcpLoad } from './tcpLoad';
import { UdpLoad } from './udpLoad';

/** So many connect at once: the accept queue of a server usually holds 511. */
const CONNECTS_AT_ONCE = 100;

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
  const { durationMs = 10_000, timeoutMs = 1000, reconnect = false, family, stop$ = NEVER } = options;
  const { scheduler = monotonicScheduler } = options;
  assertPort(port);
  assertInRange('connections', connections, 1, 100_000);
  assertInRange('size', size, 1, transport === 'udp' ? 65_507 : 64 * 1024 * 1024);
  assertInRange('depth', depth, 1, 65_536);
  assertInRange('durationMs', durationMs, 1);
  if (messagesPerSecond !== undefined) assertInRange('messagesPerSecond', messagesPerSecond, 1, 1_000_000);
  return defer(() =>
    resolve(host, family).pipe(
      switchMap((address) => {
        const stats = new LoadStats();
        const isPaced = messagesPerSecond !== undefined;
        let isOver = false;
        const clientOptions: LoadClientOptions = {
          target: { host: address, port },
          messages: new Messages(size),
          stats,
          scheduler,
          timeoutMs,
          reconnect,
          onDone: (client) => {
            if (!isPaced && !isOver) client.send();
          },
        };
        const clients = Array.from({ length: connections }, (): LoadClient =>
          transport === 'tcp' ? new TcpLoad(clientOptions) : new UdpLoad(clientOptions, randomInt(2 ** 32 - 1)),
        );
        const close = (): void => {
          isOver = true;
          for (const client of clients) client.close();
        };
        return concat(
          from(openAll(clients)).pipe(ignoreElements()),
          defer(() => {
            const startMs = scheduler.now();
            const cpu = process.cpuUsage();
            const measure = (): LoadStats => {
              const { user, system } = process.cpuUsage(cpu);
              stats.elapsedMs = scheduler.now() - startMs;
              stats.cpuCores = (user + system) / 1000 / Math.max(stats.elapsedMs, 1);
              return stats;
            };
            const over$ = merge(timer(durationMs, scheduler), stop$).pipe(take(1));
            const sends$ = isPaced ? paced(clients, messagesPerSecond, scheduler) : EMPTY;
            if (!isPaced)
              for (const client of clients) for (let each = 0; each < (reconnect ? 1 : depth); each += 1) client.send();
            return concat(
              merge(interval(1000, scheduler).pipe(map(measure)), sends$).pipe(takeUntil(over$)),
              defer(() => of(measure())),
            );
          }),
        ).pipe(tap({ complete: close, error: close, unsubscribe: close }));
      }),
    ),
  );
};

const paced = (
  clients: readonly LoadClient[],
  messagesPerSecond: number,
  scheduler: SchedulerLike,
): Observable<never> =>
  pacer({ intervalMs: 1000 / messagesPerSecond, scheduler, catchesUp: true }).pipe(
    tap(({ slot, dueMs }) => clients[slot % clients.length]!.send(dueMs)),
    ignoreElements(),
  );

const openAll = async (clients: readonly LoadClient[]): Promise<void> => {
  for (let start = 0; start < clients.length; start += CONNECTS_AT_ONCE) {
    try {
      await Promise.all(clients.slice(start, start + CONNECTS_AT_ONCE).map((client) => client.open()));
    } catch (cause) {
      const message = `Cannot connect: ${(cause as Error).message}`;
      throw new EchoError('ERR_ECHO_CONNECTION', message, { cause });
    }
  }
};
