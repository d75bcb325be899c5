import { assertInRange } from '../options';
import { IntrusiveSet } from '../streams/intrusiveSet';
import type { BudgetListener } from '../budget';
import { FRAME_OVERHEAD_BYTES } from './byteBudget';

/**
 * Limits what many budgets buffer together: at the high-water mark all reading pauses until half is free.
 *
 * ```text
 * held    0 --- mark --- half --- mark
 * open    yes   no       yes      no
 * ```
 *
 * @param highWaterMark In bytes; each frame counts its bytes and 1024 more. Minimum: `1`; `Infinity` for none.
 * @throws `ERR_ECHO_OPTION` for a mark below 1.
 * @example
 * const sharedBudget = new SharedBudget(256 * 1024 * 1024);
 * merge(tcpServer({ port: 7007, sharedBudget }), tcpServer({ port: 7008, sharedBudget }))
 *   .pipe(mergeMap((connection) => connection.bytes$.pipe(connection.writes(), lifecycle(connection))))
 *   .subscribe();
 *
 */
export class SharedBudget {
  open = true;
  /** Payload bytes buffered now. */
  bufferedBytes = 0;
  #weight = 0;
  #highWaterMark = Infinity;
  readonly #listeners = new IntrusiveSet<BudgetListener>('sharedBudget');

  constructor(highWaterMark: number) {
    this.replace(highWaterMark);
  }

  /** Sets another high-water mark. */
  replace(highWaterMark: number): void {
    this.#highWaterMark = assertInRange('maxBufferedBytes', highWaterMark, 1, Infinity);
    this.#settle();
  }

  charge(bytes: number, frames = 1): void {
    this.bufferedBytes += bytes;
    this.#weight += bytes + frames * FRAME_OVERHEAD_BYTES;
    this.#settle();
  }

  /** Calls `listener` from now on when the budget opens or closes. */
  add(listener: BudgetListener): void {
    this.#listeners.add(listener);
  }

  delete(listener: BudgetListener): void {
    this.#listeners.delete(listener);
  }

  #settle(): void {
    const open = this.#weight < (this.open ? this.#highWaterMark : this.#highWaterMark / 2);
    if (open === this.open) return;
    this.open = open;
    for (const listener of this.#listeners) listener.onChange();
  }
}
