import { defer, Observable, of, Subscription, type MonoTypeOperatorFunction } from 'rxjs';
import type { Stage } from '../stage';
import type { BudgetAccount } from '../budget';

/**
 * Returns a stage from an asynchronous operator that treats chunks one by one: `delay`, `delayWhen`, `mergeMap` to a
 * promise.
 *
 * The operator receives each chunk alone and at once; its results leave in the order of arrival. A chunk is charged to
 * the budget until the operator has completed **and** its result was emitted, so that a slow operator slows the peer.
 * For an operator with state across chunks (`bufferTime`, `throttle`), see `pulled`.
 *
 * ```text
 * source               -a--b------|
 * perChunk(delay(2))   ---a--b----|
 * operator on a        ----a|               a takes longer than b:
 * operator on b           b|
 * perChunk             -----(ab)--|         b waits for a
 * ```
 *
 * Errors with the first error of the operator, and discards what is buffered.
 *
 * @example const slow = perChunk(delay(50));
 * @example const checked: Stage = (context) => perChunk(delayWhen(() => timer(5, context.scheduler)))(context);
 *
 */
export const perChunk =
  (operator: MonoTypeOperatorFunction<Buffer>): Stage =>
  ({ budget }) =>
  (source) =>
    new Observable((subscriber) => {
      const line = new OrderedSlots(budget.openAccount(), (chunk) => subscriber.next(chunk));
      const inners = new Subscription();
      let ended = false;
      const completeWhenEmpty = (): void => {
        if (ended && line.isEmpty) subscriber.complete();
      };
      const fail = (error: unknown): void => subscriber.error(error);

      subscriber.add(() => line.discard());
      subscriber.add(inners);
      subscriber.add(
        source.subscribe({
          next: (chunk) => {
            const slot = line.enter(chunk);
            // `defer`: an operator that throws when it is applied would else throw out of this `next`, and end the process.
            // eslint-disable-next-line rxjs-x/no-nested-subscribe -- this is an operator: both are torn down below
            const inner = defer(() => of(chunk).pipe(operator)).subscribe({
              next: (output) => line.fill(slot, output),
              error: fail,
              complete: () => {
                line.finish(slot);
                completeWhenEmpty();
              },
            });
            inners.add(inner);
          },
          error: fail,
          complete: () => {
            ended = true;
            completeWhenEmpty();
          },
        }),
      );
    });

/** What the operator has made of one chunk, while an earlier chunk is still at work. */
interface Slot {
  readonly parked: Buffer[];
  bufferedBytes: number;
  bufferedFrames: number;
  done: boolean;
}

/** Slots in the order of arrival: only the first one emits. */
class OrderedSlots {
  readonly #slots: Slot[] = [];

  constructor(
    private readonly account: BudgetAccount,
    private readonly handOn: (chunk: Buffer) => void,
  ) {}

  get isEmpty(): boolean {
    return this.#slots.length === 0;
  }

  enter(chunk: Buffer): Slot {
    const slot: Slot = { parked: [], bufferedBytes: 0, bufferedFrames: 0, done: false };
    this.#slots.push(slot);
    this.#charge(slot, chunk.byteLength);
    return slot;
  }

  fill(slot: Slot, output: Buffer): void {
    if (slot === this.#slots[0]) return this.handOn(output);
    slot.parked.push(output);
    this.#charge(slot, output.byteLength);
  }

  finish(slot: Slot): void {
    slot.done = true;
    while (this.#slots[0]?.done) {
      const leaving = this.#slots.shift() as Slot;
      // The results of the next slot leave before the refund, which may open the budget and let chunks in.
      this.#slots[0]?.parked.splice(0).forEach(this.handOn);
      this.#refund(leaving);
    }
  }

  discard(): void {
    this.#slots.length = 0;
    this.account.release();
  }

  #charge(slot: Slot, bytes: number): void {
    slot.bufferedBytes += bytes;
    slot.bufferedFrames += 1;
    this.account.charge(bytes);
  }

  #refund({ bufferedBytes, bufferedFrames }: Slot): void {
    this.account.refund(bufferedBytes, bufferedFrames);
  }
}
