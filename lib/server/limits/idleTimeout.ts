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

/** How often in one idle timeout the connections are looked at: an end comes late by a quarter of it at most. */
const CHECKS_PER_TIMEOUT = 8;

/** The kernel is asked no oftener, for all connections together: a long table takes some tens of milliseconds to read. */
const READING_MS = 1000;

/**
 * Ends TCP connections of which no byte moved for the idle timeout of the limits. One that is owed nothing is ended in
 * order, and its `closed` says `idle`. One that takes nothing of what is owed to it for as long again is reset: `not taken`.
 * What a stage holds is no silence of the peer, nor is what a full pool keeps us from reading.
 *
 * ```text
 * opened       --o-----------------    no byte moves
 * look         ----.-.-.-.-.-.-----    several in a row that find it silent, the last for the idle timeout
 * read         --------------r-----    the kernel's queues, for all such connections; then the end
 * ```
 *
 * One timer for all. From the signal on no connection is ended: a stop has its own deadline.
 *
 * @param peers Those that are open at the time.
 * @param signal$ The signal to stop.
 * @param queuesOf Reads what the kernel holds for each of some connections. Default: from /proc, where there is one.
 */
export const idleTimeout = (
  limits: Pick<Limits, 'idleTimeoutMs$'> | undefined,
  peers: Iterable<Peer>,
  signal$: Observable<unknown>,
  scheduler: SchedulerLike,
  queuesOf: QueuesOf = sendQueues,
): Subscription => {
  if (!limits) return Subscription.EMPTY;
  // While there is no idle timeout, nothing is kept of a connection.
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
