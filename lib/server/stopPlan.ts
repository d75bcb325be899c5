import {
  filter,
  ReplaySubject,
  map,
  switchMap,
  take,
  timer,
  type Observable,
  type SchedulerLike,
  Subscription,
} from 'rxjs';

/** Signals closer than this to the first are the same ctrl-C: npm forwards the one that the terminal already sent. */
const SAME_SIGNAL_MS = 500;

/** Before the deadline, what stages hold is delivered: this long before it, or at half of a grace under twice of it. */
const FLUSH_BEFORE_MS = 2000;

/** How long a stop may drain; part of the signal, so that each stop can say. */
export interface StopRequest {
  /** From the signal to the deadline, in milliseconds. */
  readonly graceMs: number;
}

/** What follows from the signals; each replays, so that a late subscriber sees it too. */
export interface StopPlan {
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
 * requests     --s-------------s--     the second comes before graceMs are over
 * signal$      --s----------------
 * flush$       ----------f--------     graceMs - 2 s after the signal (half of a grace under 4 s)
 * deadline$    ----------------d--     graceMs after the signal, or at a second one 500 ms or more after the first
 * ```
 */
export const stopPlan = (requests$: Observable<StopRequest>, scheduler: SchedulerLike): StopPlan => {
  const signal$ = new ReplaySubject<StopRequest>(1);
  const flush$ = new ReplaySubject<unknown>(1);
  const deadline$ = new ReplaySubject<unknown>(1);
  const subscription = new Subscription();

  subscription.add(
    signal$
      .pipe(switchMap(({ graceMs }) => timer(Math.max(graceMs / 2, graceMs - FLUSH_BEFORE_MS), scheduler)))
      .subscribe(flush$),
  );
  let firstAtMs = 0;
  const signals$ = requests$.pipe(
    filter((_, index) => {
      if (index === 0) firstAtMs = scheduler.now();
      return index === 0 || scheduler.now() - firstAtMs >= SAME_SIGNAL_MS;
    }),
    take(2),
    map((request, index) => {
      if (index === 0) signal$.next(request);
      return index === 0 ? request.graceMs : 0;
    }),
    switchMap((delayMs) => timer(delayMs, scheduler)),
  );
  subscription.add(signals$.subscribe(deadline$));
  return { signal$, flush$, deadline$, subscription };
};
