import { Subject, type Observable } from 'rxjs';

/** What a held frame costs beside its bytes: without it a flood of empty datagrams would weigh nothing. */
export const FRAME_OVERHEAD_BYTES = 1024;

/** The default mark of a stage that holds: 100 ms of a 160 MB/s stream. */
const STAGE_HIGH_BYTES = 16 * 1024 * 1024;

/** One place where frames wait, with a mark of its own. */
export interface Holder {
  /** Payload bytes waiting here now. */
  readonly heldBytes: number;
  /** Frames waiting here now. */
  readonly heldFrames: number;
  /** Whether it holds as much as its mark, or more. */
  readonly full: boolean;
  /** Whether every holder downstream of this one is below its mark: what is handed on now will not pile up there. */
  readonly downstreamOpen: boolean;
  /** Frames arrived to wait here. */
  charge(bytes: number, frames?: number): void;
  /** Frames left: handed on, dropped or discarded. */
  refund(bytes: number, frames?: number): void;
  /** Nobody waits here any more: refunds what is left, stands in nobody's way, and takes no account of anything. */
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
  readonly eased$: Observable<void>;
  /** Payload bytes held over all holders. */
  readonly heldBytes: number;
  /** Frames held over all holders. */
  readonly heldFrames: number;
  /**
   * Takes a new holder. Holders are taken at subscription, which runs from the sink up to the source: a holder taken
   * earlier stands downstream of one taken later.
   *
   * @param highBytes The mark, where a held frame counts its bytes and 1024 more. Default: 16 MiB.
   * @param place `aside`: it stands downstream of nobody, whenever it was taken. Default: `inLine`.
   */
  holder(highBytes?: number, place?: 'inLine' | 'aside'): Holder;
}

/** Who reads under a budget, and is told when it opened or closed. */
export interface Gate {
  turned(): void;
}

/** Where what is held is charged; a refund is charged as less than nothing. */
export type Pool = Pick<Holder, 'charge'>;

/**
 * @param pool Where all that this budget holds is charged a second time: one mark over many budgets.
 * @param gate The same as a subscription of `open$`, at no cost: each connection has one.
 */
export const byteBudget = (pool?: Pool, gate?: Gate): ByteBudget => new Budget(pool, gate);

class Budget implements ByteBudget {
  open = true;
  heldBytes = 0;
  heldFrames = 0;
  #open$: Subject<boolean> | undefined;
  #eased$: Subject<void> | undefined;
  #last: BudgetHolder | undefined;
  #aboveHalf = 0;

  constructor(
    readonly pool: Pool | undefined,
    private readonly gate: Gate | undefined,
  ) {}

  get open$(): Observable<boolean> {
    return (this.#open$ ??= new Subject());
  }

  get eased$(): Observable<void> {
    return (this.#eased$ ??= new Subject());
  }

  holder(highBytes = STAGE_HIGH_BYTES, place: 'inLine' | 'aside' = 'inLine'): Holder {
    const holder = new BudgetHolder(this, highBytes, standing(this.#last));
    if (place === 'inLine') this.#last = holder;
    return holder;
  }

  /** A holder's weight went from `before` to `after`: the marks that it crossed open or close the budget. */
  moved(before: number, after: number, highBytes: number): void {
    const half = highBytes / 2;
    if (before < half && after >= half) this.#aboveHalf += 1;
    if (after >= highBytes && this.open) this.#turn(false);
    if (before >= half && after < half) {
      this.#aboveHalf -= 1;
      if (this.#aboveHalf === 0 && !this.open) this.#turn(true);
      this.#eased$?.next();
    }
  }

  #turn(open: boolean): void {
    this.open = open;
    this.gate?.turned();
    this.#open$?.next(open);
  }
}

class BudgetHolder implements Holder {
  heldBytes = 0;
  heldFrames = 0;
  released = false;

  constructor(
    private readonly budget: Budget,
    private readonly highBytes: number,
    public downstream: BudgetHolder | undefined,
  ) {}

  get full(): boolean {
    return this.#weight >= this.highBytes;
  }

  get downstreamOpen(): boolean {
    this.downstream = standing(this.downstream);
    return this.downstream === undefined || (!this.downstream.full && this.downstream.downstreamOpen);
  }

  get #weight(): number {
    return this.heldBytes + this.heldFrames * FRAME_OVERHEAD_BYTES;
  }

  charge(bytes: number, frames = 1): void {
    this.#move(bytes, frames);
  }

  refund(bytes: number, frames = 1): void {
    this.#move(-bytes, -frames);
  }

  release(): void {
    this.refund(this.heldBytes, this.heldFrames);
    this.released = true;
  }

  #move(bytes: number, frames: number): void {
    if (this.released) return;
    const before = this.#weight;
    this.heldBytes += bytes;
    this.heldFrames += frames;
    this.budget.heldBytes += bytes;
    this.budget.heldFrames += frames;
    this.budget.pool?.charge(bytes, frames);
    this.budget.moved(before, this.#weight, this.highBytes);
  }
}

/** The nearest holder, from this one downstream, that was not released. */
const standing = (holder: BudgetHolder | undefined): BudgetHolder | undefined => {
  let found = holder;
  while (found?.released) found = found.downstream;
  return found;
};
