import type { KernelQueue } from '../budget';

/** Two, because a signal arrives within a turn: only the second turn has certainly polled every socket. */
const QUIET_TURNS = 2;

/**
 * Decides when everything has been read that the kernel held at one moment: after two quiet turns while the budget was
 * open, or when as much has arrived as the kernel can have held. Its queues are first in, first out, so a peer that
 * never stops sending does not prolong it.
 */
export class Quietness<T> {
  #turns = 0;
  #quietTurns = 0;
  #passed = 0;

  constructor(private readonly queue: KernelQueue<T>) {}

  /** Counts a value. @returns Whether everything has been read. */
  passed(value: T): boolean {
    this.#quietTurns = 0;
    this.#passed += this.queue.sizeOf(value);
    return this.#passed >= this.queue.capacity;
  }

  /** Counts a turn. @returns Whether everything has been read. */
  onTick(): boolean {
    const { budget, maxTicks = Infinity } = this.queue;
    // While the budget is closed nothing is read, so what waits in the kernel is still to be read.
    if (budget?.open === false) {
      this.#quietTurns = 0;
      return false;
    }
    this.#turns += 1;
    this.#quietTurns += 1;
    return this.#quietTurns === QUIET_TURNS || this.#turns >= maxTicks;
  }
}
