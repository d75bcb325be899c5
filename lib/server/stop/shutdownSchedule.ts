import { filter, ReplaySubject, Subscription, switchMap, take, timer, type Observable, type SchedulerLike } from 'rxjs';
import { Signal } from '../../streams/signal';

/** Signals closer than this to the first are the same ctrl-C: npm forwards the one that the terminal already sent. */
const SAME_SIGNAL_MS = 500;

/** What stages hold is delivered so long before the deadline; in a grace under twice of it, at its half. */
const FLUSH_BEFORE_MS = 2000;

export interface StopRequest {
  /** How long the stop may drain: from the signal to the deadline, in milliseconds. */
  readonly graceMs: number;
  /** The second signal, however soon after the first: whoever passes it on has decided that. Default: time decides. */
  readonly isSecond?: boolean;
}

/** What follows from the signals; each replays, so that a late subscriber sees it too. */
export interface ShutdownSchedule {
  readonly signal$: Observable<StopRequest>;
  /** What stages hold is to be delivered now. */
  readonly flush$: Observable<unknown>;
  /** What is left is to be cut. */
  readonly deadline$: Observable<unknown>;
  /** Ends the timers. */
  readonly subscription: Subscription;
}

/**
 * The three moments of a stop.
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

/** The first signal, and those that are not its echo. */
export const ignoreDuplicateSignal = <T = StopRequest>(scheduler: SchedulerLike) => {
  let firstAtMs: number | undefined;
  return filter<T>((signal) => {
    const { isSecond } = signal as Partial<StopRequest>;
    const isFirst = firstAtMs === undefined;
    firstAtMs ??= scheduler.now();
    return isFirst || isSecond || scheduler.now() - firstAtMs >= SAME_SIGNAL_MS;
  });
};
