import { asyncScheduler, type SchedulerAction, type SchedulerLike, type Subscription } from 'rxjs';

/**
 * Real time that never runs backwards: `asyncScheduler` with the monotonic clock in place of the wall clock,
 * which moves when NTP corrects it. The default wherever a `scheduler` can be given; tests give a virtual one.
 */
export const monotonicScheduler: SchedulerLike = {
  now: () => performance.now(),
  schedule: <T>(work: (this: SchedulerAction<T>, state?: T) => void, delayMs = 0, state?: T): Subscription =>
    // Rounded up: Node cuts a delay to whole milliseconds, and would fire early.
    asyncScheduler.schedule(work, Math.ceil(delayMs), state),
};
