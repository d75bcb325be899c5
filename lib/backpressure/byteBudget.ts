import { Subject, type Observable } from 'rxjs';
import type { ByteBudget, BudgetListener, BudgetAccount, Chargeable } from '../budget';

/** The cost of a frame beside its bytes: without it, a flood of empty datagrams would weigh nothing. */
export const FRAME_OVERHEAD_BYTES = 1024;

/** The default mark of a stage: 100 ms of a stream of 160 MB/s. */
const STAGE_HIGH_WATER_MARK = 16 * 1024 * 1024;

/**
 * @param sharedBudget Charged with everything that this budget buffers.
 * @param listener Called when the budget opens or closes, which costs less than a subscription of `open$`.
 */
export const byteBudget = (sharedBudget?: Chargeable, gate?: BudgetListener): ByteBudget =>
  new Budget(sharedBudget, gate);

class Budget implements ByteBudget {
  open = true;
  bufferedBytes = 0;
  bufferedFrames = 0;
  #open$: Subject<boolean> | undefined;
  #drain$: Subject<void> | undefined;
  #last: Account | undefined;
  #aboveHalf = 0;

  constructor(
    readonly sharedBudget: Chargeable | undefined,
    private readonly gate: BudgetListener | undefined,
  ) {}

  get open$(): Observable<boolean> {
    return (this.#open$ ??= new Subject());
  }

  get drain$(): Observable<void> {
    return (this.#drain$ ??= new Subject());
  }

  openAccount(highWaterMark = STAGE_HIGH_WATER_MARK, place: 'inLine' | 'aside' = 'inLine'): BudgetAccount {
    const account = new Account(this, highWaterMark, standing(this.#last));
    if (place === 'inLine') this.#last = account;
    return account;
  }

  /** Opens or closes the budget when the weight of an account has crossed its marks. */
  settle(before: number, after: number, highWaterMark: number): void {
    const half = highWaterMark / 2;
    if (before < half && after >= half) this.#aboveHalf += 1;
    if (after >= highWaterMark && this.open) this.#turn(false);
    if (before >= half && after < half) {
      this.#aboveHalf -= 1;
      if (this.#aboveHalf === 0 && !this.open) this.#turn(true);
      this.#drain$?.next();
    }
  }

  #turn(open: boolean): void {
    this.open = open;
    this.gate?.onChange();
    this.#open$?.next(open);
  }
}

class Account implements BudgetAccount {
  bufferedBytes = 0;
  bufferedFrames = 0;
  released = false;

  constructor(
    private readonly budget: Budget,
    private readonly highWaterMark: number,
    public downstream: Account | undefined,
  ) {}

  get full(): boolean {
    return this.#weight >= this.highWaterMark;
  }

  get downstreamWritable(): boolean {
    this.downstream = standing(this.downstream);
    return this.downstream === undefined || (!this.downstream.full && this.downstream.downstreamWritable);
  }

  get #weight(): number {
    return this.bufferedBytes + this.bufferedFrames * FRAME_OVERHEAD_BYTES;
  }

  charge(bytes: number, frames = 1): void {
    this.#move(bytes, frames);
  }

  refund(bytes: number, frames = 1): void {
    this.#move(-bytes, -frames);
  }

  release(): void {
    this.refund(this.bufferedBytes, this.bufferedFrames);
    this.released = true;
  }

  #move(bytes: number, frames: number): void {
    if (this.released) return;
    const before = this.#weight;
    this.bufferedBytes += bytes;
    this.bufferedFrames += frames;
    this.budget.bufferedBytes += bytes;
    this.budget.bufferedFrames += frames;
    this.budget.sharedBudget?.charge(bytes, frames);
    this.budget.settle(before, this.#weight, this.highWaterMark);
  }
}

/** Returns the nearest account downstream that is not released. */
const standing = (account: Account | undefined): Account | undefined => {
  let found = account;
  while (found?.released) found = found.downstream;
  return found;
};
