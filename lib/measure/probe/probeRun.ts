import {
  concat,
  defer,
  EMPTY,
  filter,
  map,
  merge,
  Observable,
  of,
  race,
  share,
  skip,
  Subject,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
  type MonoTypeOperatorFunction,
  type SchedulerLike,
} from 'rxjs';
import type { Endpoint, Transport } from '../../endpoint';
import { delayInOrder } from '../../streams/delayInOrder';
import { classify } from './classify';
import { ownError } from './ownError';
import { pacer } from './pacer';
import type { Payload } from './payload';
import type { ProbeEvent, ProbeSignal } from './probeEvent';
import type { Prober } from './prober';
import { refusals } from './udpProber';

/** Limits the wait for the first own echo. */
const WARM_UP_MS = 100;

/** Follows the last event of a run. */
export const END = Symbol('end');

export interface Run {
  readonly payload: Payload;
  readonly count: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly stop$: Observable<unknown>;
  readonly scheduler: SchedulerLike;
  readonly transport: Transport;
  /** Whether answers are pieces of a stream. */
  readonly isStream: boolean;
}

/** Sends on the schedule, and gives each probe its verdict: `merge(sends$, answers$, timeouts$).pipe(classify())`. */
export const probeRun = (prober: Prober, target: Endpoint, run: Run): Observable<ProbeEvent | typeof END> =>
  defer(() => {
    const { payload, timeoutMs, transport, isStream, scheduler } = run;
    const underWay = new Set<number>();
    const overdue$ = new Subject<unknown>();
    const settled$ = new Subject<void>();
    const sentAll$ = new Subject<void>();
    let hasSentAll = false;
    sentAll$.subscribe(() => {
      hasSentAll = true;
      if (underWay.size === 0) settled$.next();
    });
    const own$ = ownError(run.intervalMs, scheduler).pipe(share());
    // The first datagram of a process is slow: it goes to this process.
    const isWarm$ = race(own$, timer(WARM_UP_MS, scheduler)).pipe(take(1));
    const sends$ = isWarm$.pipe(
      switchMap(() => sending(prober, run, underWay)),
      tap({ complete: () => sentAll$.next() }),
    );
    const all$ = prober.signals$.pipe(share());
    const sent$ = all$.pipe(filter((signal) => signal.kind === 'sent'));
    const timeouts$ = sent$.pipe(
      delayInOrder(timeoutMs, scheduler),
      map(({ seq }): ProbeSignal => ({ kind: 'timeout', seq })),
      share(),
    );
    const allTimeouts$ = merge(timeouts$, timeouts$.pipe(delayInOrder(timeoutMs, scheduler)));
    const beside$ = merge(
      own$.pipe(skip(1)),
      transport === 'tcp' ? EMPTY : refusals(target, overdue$, scheduler, payload.of(0)),
    );
    // Once all is sent, the last answers have their timeout.
    const done$ = merge(settled$, sentAll$.pipe(switchMap(() => timer(timeoutMs, scheduler))));
    const events$ = merge(beside$, all$, allTimeouts$, sends$).pipe(
      takeUntil(done$),
      classify({ payload, timeoutMs, isStream }),
      afterEach((event) => {
        if (event.kind === 'sent') underWay.add(event.seq);
        if (event.kind === 'overdue') overdue$.next(event);
        if (event.kind !== 'verdict') return;
        underWay.delete(event.seq);
        if (hasSentAll && underWay.size === 0) settled$.next();
      }),
    );
    return concat(events$, of(END));
  });

/** Calls `then` after each value was emitted: what ends the stream must not overtake its last value. */
const afterEach =
  <T>(then: (value: T) => void): MonoTypeOperatorFunction<T> =>
  (source) =>
    new Observable((out) =>
      source.subscribe({
        next: (value) => {
          out.next(value);
          then(value);
        },
        error: (error: unknown) => out.error(error),
        complete: () => out.complete(),
      }),
    );

/** Sends the probes, and emits the slots that were missed. Probes without a header leave one at a time. */
const sending = (prober: Prober, run: Run, underWay: ReadonlySet<number>): Observable<ProbeSignal> => {
  const { payload, count, intervalMs, stop$, scheduler, isStream } = run;
  return new Observable((out) => {
    let seq = 0;
    const isAlone = !payload.hasHeader && !isStream;
    return pacer({ intervalMs, scheduler })
      .pipe(takeUntil(stop$))
      .subscribe({
        next: ({ dueMs, missed }) => {
          const waits = isAlone && underWay.size > 0;
          if (missed > 0 || waits) out.next({ kind: 'missed', slots: missed + Number(waits) });
          if (waits) return;
          const current = seq;
          seq += 1;
          prober.send(current, dueMs);
          if (seq >= count) out.complete();
        },
        error: (error: unknown) => out.error(error),
        complete: () => out.complete(),
      });
  });
};
