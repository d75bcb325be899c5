import {
  catchError,
  EMPTY,
  exhaustMap,
  filter,
  ignoreElements,
  interval,
  map,
  merge,
  of,
  Subscription,
  switchMap,
  takeUntil,
  tap,
  timer,
  type Observable,
  type SchedulerLike,
} from 'rxjs';
import type { Peer, ServedConnection } from '../../peer';
import { sendQueues } from '../../tcp/queues/sendQueues';
import type { Limits } from './limits';
import { IdleTracker } from './idleTracker';

/** The number of checks in one idle timeout: a connection is closed late by a quarter of it at most. */
const CHECKS_PER_TIMEOUT = 8;

/**
 * The minimum time between two readings of the kernel's tables, which take some tens of milliseconds when they are
 * long.
 */
const READING_MS = 1000;

/**
 * Ends TCP connections on which no byte has moved for the idle timeout. A connection without pending bytes is closed
 * (`idle`). One that does not read its pending bytes for as long again is reset (`not taken`). Bytes in a stage, and
 * reading that a budget pauses, are not silence of the peer.
 *
 * ```text
 * opened       --o-----------------    no byte moves
 * look         ----.-.-.-.-.-.-----    several in a row that find it silent, the last for the idle timeout
 * read         --------------r-----    the kernel's queues, for all such connections; then the end
 * ```
 *
 * One timer serves all connections. After the signal no connection is ended, because a stop has its own deadline.
 *
 * @param peers The open peers.
 * @param signal$ The signal to stop.
 * @param queuesOf Reads how many bytes the kernel holds for each of some connections. Default: from `/proc`, if there
 *   is one.
 */
export const idleTimeout = (
  limits: Pick<Limits, 'idleTimeoutMs$'> | undefined,
  peers: Iterable<Peer>,
  signal$: Observable<unknown>,
  scheduler: SchedulerLike,
  queuesOf: QueuesOf = sendQueues,
): Subscription => {
  if (!limits) return Subscription.EMPTY;
  // Nothing is tracked while there is no idle timeout.
  const silences = new WeakMap<Peer, IdleTracker>();
  const silenceOf = (peer: Peer): IdleTracker => {
    const silence = silences.get(peer) ?? new IdleTracker(peer as ServedConnection, scheduler.now());
    silences.set(peer, silence);
    return silence;
  };
  const silent = (idleMs: number): IdleTracker[] =>
    [...peers].flatMap((peer) => {
      const silence = peer.transport === 'tcp' ? silenceOf(peer) : undefined;
      return silence?.check(scheduler.now(), idleMs) ? silence : [];
    });
  const judge = (silences: readonly IdleTracker[], idleMs: number): Observable<unknown> =>
    queuesOf(silences.map(({ connection }) => connection)).pipe(
      catchError(() => of(() => undefined)),
      tap((queueOf) => {
        for (const each of silences) each.judge(scheduler.now(), idleMs, queueOf(each.connection));
      }),
    );
  const looks$ = limits.idleTimeoutMs$.pipe(
    switchMap((idleMs) => {
      if (idleMs === Infinity) return EMPTY;
      return interval(idleMs / CHECKS_PER_TIMEOUT, scheduler).pipe(
        map(() => silent(idleMs)),
        filter(({ length }) => length > 0),
        exhaustMap((silences) => merge(judge(silences, idleMs), timer(READING_MS, scheduler))),
      );
    }),
    takeUntil(signal$),
  );
  return looks$.pipe(ignoreElements()).subscribe();
};

type QueuesOf = typeof sendQueues;
