import { assertInRange } from '../options';
import { IntrusiveSet } from '../streams/intrusiveSet';
import type { BudgetListener } from '../budget';
import { FRAME_OVERHEAD_BYTES } from './byteBudget';

/**
 * One mark over many budgets: all that connections and flows hold is charged here a second time. While it is full nobody
 * reads; it opens again at half.
 *
 * ```text
 * held    0 --- mark --- half --- mark
 * open    yes   no       yes      no
 * ```
 *
 * @param highWaterMark The mark, where a held frame counts its bytes and 1024 more. Minimum: `1`; `Infinity` for none.
 * @throws `ERR_ECHO_OPTION` for a mark under 1.
 * @example
 * const sharedBudget = new SharedBudget(256 * 1024 * 1024);
 * merge(tcpServer({ port: 7007, sharedBudget }), tcpServer({ port: 7008, sharedBudget }))
 *   .pipe(mergeMap((connection) => connection.bytes$.pipe(connection.writes(), lifecycle(connection))))
 *   .subscribe();
 */
export class SharedBudget {
  open = true;
  /** Payload bytes held now. */
  bufferedBytes = 0;
  #weight = 0;
  #highWaterMark = Infinity;
  readonly #listeners = new IntrusiveSet<BudgetListener>('sharedBudget');

  constructor(highWaterMark: number) {
    this.replace(highWaterMark);
  }

  /** Moves the mark. */
  replace(highWaterMark: number): void {
    this.#highWaterMark = assertInRange('maxBufferedBytes', highWaterMark, 1, Infinity);
    this.#settle();
  }

  charge(bytes: number, frames = 1): void {
    this.bufferedBytes += bytes;
    this.#weight += bytes + frames * FRAME_OVERHEAD_BYTES;
    this.#settle();
  }

  /** Tells `listener` from now on when the sharedBudget opened or closed. */
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
