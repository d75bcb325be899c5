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
 * @param highBytes The mark, where a held frame counts its bytes and 1024 more. Minimum: `1`; `Infinity` for none.
 * @throws `ERR_ECHO_OPTION` for a mark under 1.
 * @example
 * const pool = new SharedBudget(256 * 1024 * 1024);
 * merge(tcpServer({ port: 7007, pool }), tcpServer({ port: 7008, pool }))
 *   .pipe(mergeMap((connection) => connection.bytes$.pipe(connection.writes(), lifecycle(connection))))
 *   .subscribe();
 */
export class SharedBudget {
  open = true;
  /** Payload bytes held now. */
  heldBytes = 0;
  #weight = 0;
  #highBytes = Infinity;
  readonly #gates = new IntrusiveSet<BudgetListener>('pool');

  constructor(highBytes: number) {
    this.replace(highBytes);
  }

  /** Moves the mark. */
  replace(highBytes: number): void {
    this.#highBytes = assertInRange('maxBufferedBytes', highBytes, 1, Infinity);
    this.#settle();
  }

  charge(bytes: number, frames = 1): void {
    this.heldBytes += bytes;
    this.#weight += bytes + frames * FRAME_OVERHEAD_BYTES;
    this.#settle();
  }

  /** Tells `gate` from now on when the pool opened or closed. */
  add(gate: BudgetListener): void {
    this.#gates.add(gate);
  }

  delete(gate: BudgetListener): void {
    this.#gates.delete(gate);
  }

  #settle(): void {
    const open = this.#weight < (this.open ? this.#highBytes : this.#highBytes / 2);
    if (open === this.open) return;
    this.open = open;
    for (const gate of this.#gates) gate.turned();
  }
}
