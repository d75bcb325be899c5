import { filter, ReplaySubject, Subscription, switchMap, take, timer, type Observable, type SchedulerLike } from 'rxjs';
import { Signal } from '../../streams/signal';

/**
 * Signals within this time of the first are the same ctrl-C: npm forwards the one that the terminal has already sent.
 */
const SAME_SIGNAL_MS = 500;

/** Stages are flushed this long before the deadline, or at half of a grace that is shorter than twice of it. */
const FLUSH_BEFORE_MS = 2000;

export interface StopRequest {
  /** The time from the signal to the deadline, in milliseconds. */
  readonly graceMs: number;
  /**
   * Marks the second signal, even if it follows soon, because the sender has decided that. Default: the time decides.
   */
  readonly isSecond?: boolean;
}

/** The moments that follow from the signals. Each replays, so that a late subscriber receives it. */
export interface ShutdownSchedule {
  readonly signal$: Observable<StopRequest>;
  /** Asks stages to deliver what they buffer. */
  readonly flush$: Observable<unknown>;
  /** Aborts what has not drained. */
  readonly deadline$: Observable<unknown>;
  /** Ends the timers. */
  readonly subscription: Subscription;
}

/**
 * Derives the three moments of a stop from the signals: signal, flush, deadline.
 *
 * ```text
 * requests$    --s-----------         --s------s----    s: a signal; 10 ms of grace
 * signal$      --s-----------         --s-----------
 * flush$       -------f------         -------f------    2 s before the deadline; of a grace under 4 s, at its half
 * deadline$    ------------d-         ---------d----    or at a second signal, 500 ms or more after the first
 * ```
 */
export const shutdownSchedule = (requests$: Observable<StopRequest>, scheduler: SchedulerLike): ShutdownSchedule => {
  const signals$ = new ReplaySubject<StopRequest>(2);
  const signal$ = new Signal(signals$.pipe(take(1)));
  const flush$ = new ReplaySubject<unknown>(1);
  const deadline$ = new ReplaySubject<unknown>(1);
  const flushAt$ = signal$.pipe(switchMap(({ graceMs }) => timer(flushAfterMs(graceMs), scheduler)));
  const deadlineAt$ = signals$.pipe(switchMap(({ graceMs }, index) => timer(index === 0 ? graceMs : 0, scheduler)));

  const subscription = new Subscription();
  subscription.add(flushAt$.subscribe(flush$));
  subscription.add(deadlineAt$.subscribe(deadline$));
  subscription.add(requests$.pipe(ignoreDuplicateSignal(scheduler), take(2)).subscribe(signals$));
  return { signal$, flush$, deadline$, subscription };
};

const flushAfterMs = (graceMs: number): number => Math.max(graceMs / 2, graceMs - FLUSH_BEFORE_MS);

/** Drops the signals that repeat the first one. */
export const ignoreDuplicateSignal = <T = StopRequest>(scheduler: SchedulerLike) => {
  let firstAtMs: number | undefined;
  return filter<T>((signal) => {
    const { isSecond } = signal as Partial<StopRequest>;
    const isFirst = firstAtMs === undefined;
    firstAtMs ??= scheduler.now();
    return isFirst || isSecond || scheduler.now() - firstAtMs >= SAME_SIGNAL_MS;
  });
};
