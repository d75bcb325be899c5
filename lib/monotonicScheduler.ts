import { asyncScheduler, type SchedulerAction, type SchedulerLike, type Subscription } from 'rxjs';

/**
 * Schedules in real time on the monotonic clock: `asyncScheduler` uses the wall clock, which NTP corrects. It is the
 * default of every `scheduler` option; tests pass a virtual one.
 */
export const monotonicScheduler: SchedulerLike = {
  now: () => performance.now(),
  schedule: <T>(work: (this: SchedulerAction<T>, state?: T) => void, delayMs = 0, state?: T): Subscription =>
    // Node truncates a delay to whole milliseconds, and would fire early.
    asyncScheduler.schedule(work, Math.ceil(delayMs), state),
};
