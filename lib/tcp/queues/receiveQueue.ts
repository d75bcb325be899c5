import { interval, type SchedulerLike } from 'rxjs';
import type { KernelQueue } from '../../budget';
import { defaults } from '../../options';
import { receiveBufferBytes } from './receiveBuffer';

/**
 * The length of a tick, in milliseconds. Two ticks without bytes count as silence.
 *
 * A turn of the event loop would be too short. Bytes for which our window had no room wait on the peer's side. They
 * arrive when the peer has learned that we read: after a round trip, and on the same machine when the peer's thread
 * runs.
 */
export const QUIET_MS = 20;

/** After these ticks (half a second of reading) bytes from a peer that still sends are new. */
const MOST_QUIET_TIMES = 25;

/** Returns a length of at least 1 ms with which all ticks fit into half of the grace. The other half is for sending. */
const quietMsWithin = (graceMs: number): number => Math.max(1, Math.min(QUIET_MS, graceMs / 2 / MOST_QUIET_TIMES));

type QuietTimes = NonNullable<KernelQueue<Buffer>['quietTicks']>;

const quietTicks =
  (scheduler: SchedulerLike): QuietTimes =>
  (graceMs) =>
    interval(quietMsWithin(graceMs), scheduler);

/** Shared by all connections, to save memory for each. */
const defaultQuietTimes = quietTicks(defaults.scheduler);

/** Returns the queue of bytes that wait to be read from one connection. */
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
