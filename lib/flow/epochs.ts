import { Observable, Subject, type MonoTypeOperatorFunction, type Subscription } from 'rxjs';
import type { ByteBudget, Holder } from './byteBudget';

/** Makes the operator of one epoch; what it holds it hands on at once, in order, when `flush$` emits. */
export type Epoch = (flush$: Observable<unknown>) => MonoTypeOperatorFunction<Buffer>;

/**
 * Passes a stream through one operator after another: when the next one comes, what the one before holds is flushed, in
 * order, and only then the stream goes on through the new one.
 *
 * ```text
 * epochs$            x----y                 x: latency 4, y: latency 1
 * source             a--b---c--|
 * epochs             ----ab--c-|            b is flushed at the change
 * ```
 *
 * Never `switchMap`: it drops what is in flight. What comes while the operator before still works is held and charged.
 * An operator that completes by itself completes the stream.
 *
 * @param epochs$ Emits at once.
 */
export const epochs =
  (epochs$: Observable<Epoch>, budget: Pick<ByteBudget, 'holder'>): MonoTypeOperatorFunction<Buffer> =>
  (source) =>
    new Observable((subscriber) => {
      const line = new Succession(budget.holder(undefined, 'aside'), {
        next: (frame) => subscriber.next(frame),
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
      subscriber.add(() => line.end());
      subscriber.add(epochs$.subscribe((epoch) => line.change(epoch)));
      subscriber.add(
        source.subscribe({
          next: (frame) => line.enter(frame),
          error: (error: unknown) => subscriber.error(error),
          complete: () => line.complete(),
        }),
      );
    });

interface Exit {
  next(frame: Buffer): void;
  error(error: unknown): void;
  complete(): void;
}

class Succession {
  #input: Subject<Buffer> | undefined;
  #inputEnded = false;
  #flush = new Subject<void>();
  #output: Subscription | undefined;
  /** The epoch that waits for the one before it to be done. */
  #next: Epoch | undefined;
  #completed = false;
  readonly #waiting: Buffer[] = [];

  constructor(
    private readonly holder: Holder,
    private readonly exit: Exit,
  ) {}

  change(epoch: Epoch): void {
    if (this.#input === undefined) return this.#begin(epoch);
    const isChanging = this.#next !== undefined;
    this.#next = epoch;
    if (isChanging) return;
    const input = this.#input;
    this.#flush.next();
    // Not when the flush was all that it waited for, and its successor has begun.
    if (input === this.#input) this.#endInput();
  }

  enter(frame: Buffer): void {
    if (this.#next === undefined && this.#waiting.length === 0) return this.#input?.next(frame);
    this.holder.charge(frame.byteLength);
    this.#waiting.push(frame);
  }

  complete(): void {
    this.#completed = true;
    if (this.#next === undefined && this.#waiting.length === 0) this.#endInput();
  }

  end(): void {
    this.#output?.unsubscribe();
    this.#waiting.length = 0;
    this.holder.release();
  }

  #begin(epoch: Epoch): void {
    const input = new Subject<Buffer>();
    this.#input = input;
    this.#inputEnded = false;
    this.#flush = new Subject();
    this.#output = epoch(this.#flush)(input).subscribe({
      next: (frame) => this.exit.next(frame),
      error: (error: unknown) => this.exit.error(error),
      complete: () => this.#done(),
    });
  }

  #endInput(): void {
    this.#inputEnded = true;
    this.#input?.complete();
  }

  /** An operator is done, because its input was: its successor takes over. By itself, or as the last: so is the stream. */
  #done(): void {
    const next = this.#next;
    if (next === undefined || !this.#inputEnded) return this.exit.complete();
    this.#next = undefined;
    this.#begin(next);
    this.#drain();
    if (this.#completed && this.#next === undefined) this.#endInput();
  }

  /** Passes what came meanwhile; what a refund lets in waits behind it. */
  #drain(): void {
    while (this.#next === undefined) {
      const frame = this.#waiting.shift();
      if (frame === undefined) return;
      this.#input?.next(frame);
      this.holder.refund(frame.byteLength);
    }
  }
}
