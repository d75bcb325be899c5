import { interval, type SchedulerLike } from 'rxjs';
import type { KernelQueue } from '../../budget';
import { defaults } from '../../options';
import { receiveBufferBytes } from './receiveBuffer';

/**
 * Two of these in a row bring nothing: silence. A turn of the event loop would be too short. What a peer has written and our
 * window had no room for waits on his side, and comes when he has heard that we read: after a round trip, and on one
 * machine as soon as his thread lets go of the socket. Measured: two turns lost up to 700,000 of 1,000,000 bytes in one
 * stop of ten, two times 1 ms none.
 */
export const QUIET_MS = 20;

/** After so many of them, who still goes on, little by little, sends what is new: half a second of reading. */
const MOST_QUIET_TIMES = 25;

/** All of them together are half of a short grace at most: the other half is for what was read. */
const quietMsWithin = (graceMs: number): number => Math.max(1, Math.min(QUIET_MS, graceMs / 2 / MOST_QUIET_TIMES));

type QuietTimes = NonNullable<KernelQueue<Buffer>['quietTicks']>;

const quietTicks =
  (scheduler: SchedulerLike): QuietTimes =>
  (graceMs) =>
    interval(quietMsWithin(graceMs), scheduler);

/** One for all connections: each would keep its own for as long as it lives. */
const defaultQuietTimes = quietTicks(defaults.scheduler);

/** What may wait to be read from one connection. */
export const receiveQueue = (
  budget: NonNullable<KernelQueue<Buffer>['budget']>,
  scheduler: SchedulerLike,
): KernelQueue<Buffer> => ({
  capacity: receiveBufferBytes(),
  sizeOf: byteLength,
  budget,
  quietTicks: scheduler === defaults.scheduler ? defaultQuietTimes : quietTicks(scheduler),
  maxTicks: MOST_QUIET_TIMES,
});

const byteLength = (chunk: Buffer): number => chunk.byteLength;
