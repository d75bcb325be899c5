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
 * Delays the first signal, so that a balancer notices while clients are still served. A second signal does not wait,
 * and later ones pass unchanged.
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
      // A repetition of the same ctrl-C is not a second signal.
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
