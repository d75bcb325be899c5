import {
  concat,
  connect,
  delayWhen,
  merge,
  take,
  timer,
  type MonoTypeOperatorFunction,
  type SchedulerLike,
} from 'rxjs';
import { monotonicScheduler } from '../../monotonicScheduler';
import { ignoreDuplicateSignal } from '../../server/stop/shutdownSchedule';

/**
 * Passes the first signal later, so that whoever sends clients here can stop doing so while they are still served. A
 * second signal does not wait; those after it pass as they come.
 *
 * ```text
 * signals         --s---------x--     --s--x----
 * shutdownDelay(6)    --------s---x--     -----x----
 * ```
 *
 * @param delayMs In milliseconds.
 * @param scheduler The timer. Default: real time.
 */
export const shutdownDelay =
  <T>(delayMs: number, scheduler: SchedulerLike = monotonicScheduler): MonoTypeOperatorFunction<T> =>
  (signals$) =>
    signals$.pipe(
      // The same ctrl-C, told twice, is no second signal here either.
      ignoreDuplicateSignal(scheduler),
      connect((each$) =>
        concat(
          each$.pipe(
            take(1),
            delayWhen(() => merge(timer(delayMs, scheduler), each$)),
          ),
          each$,
        ),
      ),
    );
