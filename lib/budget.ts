import type { Observable } from 'rxjs';

/** An account of a budget: what one stage or sink buffers, with a high-water mark of its own. */
export interface BudgetAccount {
  /** Payload bytes buffered here now. */
  readonly bufferedBytes: number;
  /** Frames buffered here now. */
  readonly bufferedFrames: number;
  /** Whether the account has reached its high-water mark. */
  readonly full: boolean;
  /**
   * Whether every account downstream is below its high-water mark, so that what is emitted now does not pile up there.
   */
  readonly downstreamWritable: boolean;
  /** Adds frames that are buffered from now on. */
  charge(bytes: number, frames?: number): void;
  /** Subtracts frames that were emitted, dropped or discarded. */
  refund(bytes: number, frames?: number): void;
  /** Refunds the rest and closes the account: it ignores later charges, and no longer closes the budget. */
  release(): void;
}

/**
 * Limits what one connection or UDP socket buffers: the sum of its accounts, each with its own high-water mark.
 *
 * The budget is open while every account is below its mark. Once closed, it opens again when all accounts are below
 * half of their marks. A source reads while its budget is open, so an account never exceeds its mark by more than one
 * read.
 */
export interface ByteBudget {
  readonly open: boolean;
  /** Emits the new value of `open` when it changes. */
  readonly open$: Observable<boolean>;
  /** Emits when an account has fallen below half of its mark. */
  readonly drain$: Observable<void>;
  /** Payload bytes buffered in all accounts. */
  readonly bufferedBytes: number;
  /** Frames buffered in all accounts. */
  readonly bufferedFrames: number;
  /**
   * Opens an account. Stages open theirs at subscription, which runs from the sink to the source, so that an account
   * opened earlier stands downstream of one opened later.
   *
   * @param highWaterMark In bytes; each frame counts its bytes and 1024 more. Default: 16 MiB.
   * @param place `aside`: no other account regards it as downstream. Default: `inLine`.
   */
  openAccount(highWaterMark?: number, place?: 'inLine' | 'aside'): BudgetAccount;
}

/** Called when a budget has opened or closed. */
export interface BudgetListener {
  onChange(): void;
}

/** What an account charges its bytes to; a refund is a negative charge. */
export type Chargeable = Pick<BudgetAccount, 'charge'>;

/** A budget over several budgets, with one high-water mark. */
export interface ParentBudget extends Chargeable {
  /** Nothing is read while it is closed. */
  readonly open: boolean;
  /** Payload bytes buffered now. */
  readonly bufferedBytes: number;
  /** Calls `listener` from now on when the budget opens or closes. */
  add(gate: BudgetListener): void;
  delete(gate: BudgetListener): void;
}

/** The kernel's queue in front of a source: its capacity, and how to tell when it has been read. */
export interface KernelQueue<T> {
  /** The maximum that can wait in the queue at one moment, in the unit of `sizeOf`. */
  readonly capacity: number;
  /** Returns what one value took of the capacity. */
  readonly sizeOf: (value: T) => number;
  /** While this budget is closed nothing is read, so silence proves nothing. Default: always open. */
  readonly budget?: Pick<ByteBudget, 'open'>;
  /**
   * Emits once for each tick to count. A queue in another process needs ticks of its own, because a turn of this event
   * loop says nothing about it. Default: turns of the event loop.
   *
   * @param graceMs The time limit of the stop; `Infinity` if it is unknown.
   */
  readonly quietTicks?: (graceMs: number) => Observable<unknown>;
  /** After this many ticks with room to read, what arrives is newer than the signal. Default: `Infinity`. */
  readonly maxTicks?: number;
}
