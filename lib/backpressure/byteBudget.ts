import { Subject, type Observable } from 'rxjs';
import type { ByteBudget, BudgetListener, BudgetAccount, ParentBudget } from '../budget';

/** What a held frame costs beside its bytes: without it a flood of empty datagrams would weigh nothing. */
export const FRAME_OVERHEAD_BYTES = 1024;

/** The default mark of a stage that holds: 100 ms of a 160 MB/s stream. */
const STAGE_HIGH_BYTES = 16 * 1024 * 1024;

/**
 * @param pool Where all that this budget holds is charged a second time: one mark over many budgets.
 * @param gate The same as a subscription of `open$`, at no cost: each connection has one.
 */
export const byteBudget = (pool?: ParentBudget, gate?: BudgetListener): ByteBudget => new Budget(pool, gate);

class Budget implements ByteBudget {
  open = true;
  heldBytes = 0;
  heldFrames = 0;
  #open$: Subject<boolean> | undefined;
  #drain$: Subject<void> | undefined;
  #last: BudgetHolder | undefined;
  #aboveHalf = 0;

  constructor(
    readonly pool: ParentBudget | undefined,
    private readonly gate: BudgetListener | undefined,
  ) {}

  get open$(): Observable<boolean> {
    return (this.#open$ ??= new Subject());
  }

  get drain$(): Observable<void> {
    return (this.#drain$ ??= new Subject());
  }

  holder(highBytes = STAGE_HIGH_BYTES, place: 'inLine' | 'aside' = 'inLine'): BudgetAccount {
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
      this.#drain$?.next();
    }
  }

  #turn(open: boolean): void {
    this.open = open;
    this.gate?.turned();
    this.#open$?.next(open);
  }
}

class BudgetHolder implements BudgetAccount {
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

  get downstreamWritable(): boolean {
    this.downstream = standing(this.downstream);
    return this.downstream === undefined || (!this.downstream.full && this.downstream.downstreamWritable);
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
