import type { Observable } from 'rxjs';

/** One place where frames wait, with a mark of its own. */
export interface BudgetAccount {
  /** Payload bytes waiting here now. */
  readonly bufferedBytes: number;
  /** Frames waiting here now. */
  readonly bufferedFrames: number;
  /** Whether it holds as much as its mark, or more. */
  readonly full: boolean;
  /** Whether every holder downstream of this one is below its mark: what is handed on now will not pile up there. */
  readonly downstreamWritable: boolean;
  /** Frames arrived to wait here. */
  charge(bytes: number, frames?: number): void;
  /** Frames left: handed on, dropped or discarded. */
  refund(bytes: number, frames?: number): void;
  /** Refunds what is left and closes the account: later charges are ignored, and it no longer closes the budget. */
  release(): void;
}

/**
 * How much one connection (or one UDP socket) may hold: the sum of its holders, each with its own mark.
 *
 * Open while every holder is below its mark; once closed, open again when all are below half of theirs. A source reads
 * while its budget is open, so a holder never holds more than its mark and one read.
 */
export interface ByteBudget {
  readonly open: boolean;
  /** Emits the new value of `open` whenever it changes. */
  readonly open$: Observable<boolean>;
  /** Emits whenever a holder fell below half its mark. */
  readonly drain$: Observable<void>;
  /** Payload bytes held over all holders. */
  readonly bufferedBytes: number;
  /** Frames held over all holders. */
  readonly bufferedFrames: number;
  /**
   * Takes a new account. Holders are taken at subscription, which runs from the sink up to the source: a holder taken
   * earlier stands downstream of one taken later.
   *
   * @param highWaterMark The mark, where a held frame counts its bytes and 1024 more. Default: 16 MiB.
   * @param place `aside`: no other holder counts it as downstream. Default: `inLine`.
   */
  openAccount(highWaterMark?: number, place?: 'inLine' | 'aside'): BudgetAccount;
}

/** Who reads under a budget, and is told when it opened or closed. */
export interface BudgetListener {
  onChange(): void;
}

/** Where what is held is charged; a refund is charged as less than nothing. */
export type Chargeable = Pick<BudgetAccount, 'charge'>;

/** What many budgets are charged to, under one mark. */
export interface ParentBudget extends Chargeable {
  /** While it is not, nothing is read. */
  readonly open: boolean;
  /** Payload bytes held now. */
  readonly bufferedBytes: number;
  /** Tells `gate` from now on when the pool opened or closed. */
  add(gate: BudgetListener): void;
  delete(gate: BudgetListener): void;
}

/** What waits for us in the kernel in front of a source: how much of it there can be, and when we read it. */
export interface KernelQueue<T> {
  /** The most that can have been waiting at one moment, in the unit of `sizeOf`. */
  readonly capacity: number;
  /** What one value took of the capacity. */
  readonly sizeOf: (value: T) => number;
  /** While it is closed nothing is read, so silence proves nothing. Default: always open. */
  readonly budget?: Pick<ByteBudget, 'open'>;
  /**
   * Emits once for each tick to count. A queue that another process holds needs its own ticks, because a turn of our event
   * loop shows nothing of it. Default: turns of the event loop.
   *
   * @param graceMs How long the stop may take in all; `Infinity` where that is not known.
   */
  readonly quietTicks?: (graceMs: number) => Observable<unknown>;
  /** After so many of them, in all of which there was room to read, what comes is new. Default: `Infinity`. */
  readonly maxTicks?: number;
}
