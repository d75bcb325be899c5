import {
  catchError,
  defer,
  EMPTY,
  exhaustMap,
  filter,
  finalize,
  identity,
  ignoreElements,
  interval,
  map,
  merge,
  of,
  switchMap,
  takeUntil,
  tap,
  timer,
  type MonoTypeOperatorFunction,
  type Observable,
  type SchedulerLike,
} from 'rxjs';
import type { EchoEvent } from '../events';
import type { Connection, Peer } from '../peer';
import { Roster } from '../roster';
import { sendQueues } from '../tcp/sendQueues';
import type { Limits } from './limits';
import { Silence } from './silence';

/** How often in one idle timeout the connections are looked at: an end comes late by a quarter of it at most. */
const LOOKS = 4;

/** The kernel is asked no oftener, for all connections together: a long table takes some tens of milliseconds to read. */
const READING_MS = 1000;

/**
 * Ends TCP connections of which no byte moved for the idle timeout of the limits. One that is owed nothing is ended in
 * order, and its `closed` says `idle`. One that takes nothing of what is owed to it for as long again is reset: `not taken`.
 * What a stage holds is no silence of the peer, nor is what a full pool keeps us from reading.
 *
 * ```text
 * events     --o-------------c--     no byte moved; c: completed
 * look       ----.---.---.------     three in a row that find it silent, the last for the idle timeout
 * read       ------------r------     the kernel's queues, for all such connections; then the end
 * endIdle    --o-------------i--     i: idle
 * ```
 *
 * One timer for all, and a place in a roster for each. From the signal on no connection is ended: a stop has its own deadline.
 *
 * @param signal$ The signal to stop.
 * @param queuesOf Reads what the kernel holds for each of some connections. Default: from /proc, where there is one.
 */
export const endIdle = (
  limits: Limits | undefined,
  signal$: Observable<unknown>,
  scheduler: SchedulerLike,
  queuesOf: QueuesOf = sendQueues,
): MonoTypeOperatorFunction<EchoEvent> => {
  if (!limits) return identity;
  return (events$) =>
    defer(() => {
      const open = new Roster<Peer>('silent');
      // While there is no idle timeout, nothing is kept of a connection but its place.
      const silences = new WeakMap<Peer, Silence>();
      const begin = (peer: Peer): unknown => silences.set(peer, new Silence(peer as Connection, scheduler.now()));
      const follow = (event: EchoEvent): EchoEvent => {
        if (event.kind === 'opened' && event.peer.transport === 'tcp') {
          open.add(event.peer);
          if (limits.idleTimeoutMs$.value !== Infinity) begin(event.peer);
        }
        if (event.kind !== 'closed') return event;
        open.delete(event.peer);
        const why = silences.get(event.peer)?.ended;
        return why === undefined ? event : { ...event, why };
      };
      const silent = (idleMs: number): Silence[] =>
        [...open].flatMap((peer) => {
          const silence = silences.get(peer);
          if (!silence) begin(peer);
          return silence?.look(scheduler.now(), idleMs) ? silence : [];
        });
      const judge = (silences: readonly Silence[], idleMs: number): Observable<unknown> =>
        queuesOf(silences.map(({ connection }) => connection)).pipe(
          catchError(() => of(() => undefined)),
          tap((queueOf) => {
            for (const each of silences) each.judge(scheduler.now(), idleMs, queueOf(each.connection));
          }),
        );
      const looks$ = limits.idleTimeoutMs$.pipe(
        switchMap((idleMs) => {
          if (idleMs === Infinity) return EMPTY;
          return interval(idleMs / LOOKS, scheduler).pipe(
            map(() => silent(idleMs)),
            filter(({ length }) => length > 0),
            exhaustMap((silences) => merge(judge(silences, idleMs), timer(READING_MS, scheduler))),
          );
        }),
        takeUntil(signal$),
      );
      const looking = looks$.pipe(ignoreElements()).subscribe();
      return events$.pipe(
        map(follow),
        finalize(() => looking.unsubscribe()),
      );
    });
};

type QueuesOf = typeof sendQueues;
