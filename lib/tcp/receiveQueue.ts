import { interval, type Observable, type SchedulerLike } from 'rxjs';
import type { KernelQueue } from '../flow/kernelQueue';
import { defaults } from '../options';
import { receiveBufferBytes } from './receiveBuffer';

/**
 * Two of these in a row bring nothing: silence. A turn of the event loop would be too short. What a peer has written and our
 * window had no room for waits on his side, and comes when he has heard that we read: after a round trip, and on one
 * machine as soon as his thread lets go of the socket. Measured: two turns lost up to 700,000 of 1,000,000 bytes in one
 * stop of ten, two times 1 ms none.
 */
const QUIET_MS = 20;

/** Half a second of reading: who goes on by then, little by little, sends what is new. */
const MOST_QUIET_TIMES = 25;

/** What may wait to be read from one connection. */
export const receiveQueue = (budget: KernelQueue<Buffer>['budget'], scheduler: SchedulerLike): KernelQueue<Buffer> => ({
  capacity: receiveBufferBytes(),
  weigh: byteLength,
  ...(budget && { budget }),
  turns$: scheduler === defaults.scheduler ? quietTimes$ : quietTimesOf(scheduler),
  mostTurns: MOST_QUIET_TIMES,
});

const byteLength = (chunk: Buffer): number => chunk.byteLength;

const quietTimesOf = (scheduler: SchedulerLike): Observable<unknown> => interval(QUIET_MS, scheduler);

/** One for all connections: each would keep its own for as long as it lives. */
const quietTimes$ = quietTimesOf(defaults.scheduler);
