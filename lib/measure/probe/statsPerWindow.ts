import { mergeMap, windowTime, type OperatorFunction, type SchedulerLike } from 'rxjs';
import type { ProbeEvent } from './probeEvent';
import { toStats, type ProbeStats } from './probeStats';

/**
 * Emits the statistics of each window of time. Windows touch: each event belongs to exactly one.
 *
 * ```text
 * events                 -v-v-v---v-v-|
 * statsPerWindow(4)      ----a---b----(c|)
 * ```
 *
 * A verdict counts in the window in which it is known, so that a loss may count later than its send.
 *
 * @param windowMs In milliseconds.
 */
export const statsPerWindow =
  (windowMs: number, scheduler: SchedulerLike): OperatorFunction<ProbeEvent, ProbeStats> =>
  (events$) =>
    events$.pipe(
      windowTime(windowMs, scheduler),
      mergeMap((window$) => window$.pipe(toStats())),
    );
