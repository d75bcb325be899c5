import type { KernelQueue } from '../budget';

/** Two, because a signal arrives in the middle of a turn: only the second is sure to have polled every socket. */
const QUIET_TURNS = 2;

/**
 * Decides when all that the kernel held at one moment has been read: after two turns in a row in which nothing came while
 * the budget was open, or when as much has come as the kernel can have held. Kernel queues are first in, first out, so
 * that is everything from before that moment, and a peer that never stops sending ends it too.
 */
export class Quietness<T> {
  #turns = 0;
  #quietTurns = 0;
  #passed = 0;

  constructor(private readonly queue: KernelQueue<T>) {}

  /** A value has come. @returns Whether all is read now. */
  passed(value: T): boolean {
    this.#quietTurns = 0;
    this.#passed += this.queue.sizeOf(value);
    return this.#passed >= this.queue.capacity;
  }

  /** A turn is over. @returns Whether all is read now. */
  onTick(): boolean {
    const { budget, maxTicks = Infinity } = this.queue;
    // Nothing is read while the budget is closed: what waits behind a slow reader is still ours to read.
    if (budget?.open === false) {
      this.#quietTurns = 0;
      return false;
    }
    this.#turns += 1;
    this.#quietTurns += 1;
    return this.#quietTurns === QUIET_TURNS || this.#turns >= maxTicks;
  }
}
