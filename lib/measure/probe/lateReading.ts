import { RecentMedian } from '../statistics/recentMedian';
import type { ProcessLoad } from './processLoad';

/** Why this process read an answer late, and by how much. */
export interface LateReading {
  readonly cause: 'run queue' | 'busy loop' | 'garbage collection';
  readonly lateMs: number;
}

/** From these values over the usual ones on, an error of the round trip is likely. They were measured beside kernel time stamps. */
const RUN_QUEUE_MS = 0.1;
const GC_MS = 0.05;
const BUSY_MS = 0.2;

/** Decides for each answer whether this process read it late; what is usual is the median of the last answers. */
export class LateReadings {
  readonly #runQueue = new RecentMedian();
  readonly #busy = new RecentMedian();

  /** @returns `undefined` if the process was ready when the answer came, as far as it can know. */
  judge(rttMs: number, sent: ProcessLoad, answered: ProcessLoad): LateReading | undefined {
    const gcMs = answered.gcMs - sent.gcMs;
    const busyMs = rttMs - (answered.idleMs - sent.idleMs);
    const excess = (median: RecentMedian, value: number): number => value - (median.push(value) ?? value);
    const runQueueMs = excess(this.#runQueue, answered.runQueueMs - sent.runQueueMs);
    const busyLongerMs = excess(this.#busy, busyMs);
    if (runQueueMs > RUN_QUEUE_MS) return { cause: 'run queue', lateMs: runQueueMs };
    if (gcMs > GC_MS) return { cause: 'garbage collection', lateMs: gcMs };
    return busyLongerMs > BUSY_MS ? { cause: 'busy loop', lateMs: busyLongerMs } : undefined;
  }
}
