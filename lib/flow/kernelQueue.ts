import type { Observable } from 'rxjs';
import type { ByteBudget } from './byteBudget';

/** What waits for us in the kernel in front of a source: how much of it there can be, and when we read it. */
export interface KernelQueue<T> {
  /** The most that can have been waiting at one moment, in the unit of `weigh`. */
  readonly capacity: number;
  /** What one value took of the capacity. */
  readonly weigh: (value: T) => number;
  /** While it is closed nothing is read, so silence proves nothing. Default: always open. */
  readonly budget?: Pick<ByteBudget, 'open'>;
  /**
   * What is counted in place of turns, where somebody else holds what waits, and a turn of our event loop may see nothing
   * of it. Default: turns of the event loop.
   *
   * @param graceMs How long the stop may take in all; `Infinity` where that is not known.
   */
  readonly turnsWithin?: (graceMs: number) => Observable<unknown>;
  /** After so many of them, in all of which there was room to read, what comes is new. Default: `Infinity`. */
  readonly mostTurns?: number;
}
