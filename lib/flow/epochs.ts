import { Observable, Subject, Subscriber, type MonoTypeOperatorFunction, type Observer } from 'rxjs';
import type { ByteBudget, Holder } from './byteBudget';

/** Makes the operator of one epoch; what it holds it hands on at once, in order, when `flush$` emits. */
export type Epoch<T> = (value: T, flush$: Observable<unknown>) => MonoTypeOperatorFunction<Buffer>;

/**
 * Passes a stream through one operator after another: when the next one comes, what the one before holds is flushed, in
 * order, and only then the stream goes on through the new one.
 *
 * ```text
 * values$            x----y                 x: latency 4, y: latency 1
 * source             a--b---c--|
 * epochs             ----ab--c-|            b is flushed at the change
 * ```
 *
 * Never `switchMap`: it drops what is in flight. What comes while the operator before still works is held and charged.
 * An operator that completes by itself completes the stream.
 *
 * @param values$ A new epoch with each value; emits at once.
 */
export const epochs =
  <T>(values$: Observable<T>, epoch: Epoch<T>, budget: Pick<ByteBudget, 'holder'>): MonoTypeOperatorFunction<Buffer> =>
  (source) =>
    new Observable((subscriber) => {
      const line = new Succession(subscriber, epoch, budget);
      subscriber.add(() => line.end());
      subscriber.add(values$.subscribe((value) => line.change(value)));
      subscriber.add(source.subscribe(line));
    });

class Succession<T> implements Observer<Buffer> {
  #input: Subject<Buffer> | undefined;
  #inputEnded = false;
  #flush = new Subject<void>();
  #output: Subscriber<Buffer> | undefined;
  /** The epoch that waits for the one before it to be done. */
  #next: { readonly value: T } | undefined;
  #completed = false;
  #holder: Holder | undefined;
  readonly #waiting: Buffer[] = [];

  constructor(
    private readonly out: Subscriber<Buffer>,
    private readonly epoch: Epoch<T>,
    private readonly budget: Pick<ByteBudget, 'holder'>,
  ) {}

  change(value: T): void {
    if (this.#input === undefined) return this.#begin(value);
    const isChanging = this.#next !== undefined;
    this.#next = { value };
    if (isChanging) return;
    const input = this.#input;
    this.#flush.next();
    // Not when the flush was all that it waited for, and its successor has begun.
    if (input === this.#input) this.#endInput();
  }

  next(frame: Buffer): void {
    if (this.#next === undefined && this.#waiting.length === 0) return this.#input?.next(frame);
    this.#holder ??= this.budget.holder(undefined, 'aside');
    this.#holder.charge(frame.byteLength);
    this.#waiting.push(frame);
  }

  error(error: unknown): void {
    this.out.error(error);
  }

  complete(): void {
    this.#completed = true;
    if (this.#next === undefined && this.#waiting.length === 0) this.#endInput();
  }

  end(): void {
    this.#output?.unsubscribe();
    this.#waiting.length = 0;
    this.#holder?.release();
  }

  /** An operator is done, because its input was: its successor takes over. By itself, or as the last: so is the stream. */
  done(): void {
    const next = this.#next;
    if (next === undefined || !this.#inputEnded) return this.out.complete();
    this.#next = undefined;
    this.#begin(next.value);
    this.#drain();
    if (this.#completed && this.#next === undefined) this.#endInput();
  }

  #begin(value: T): void {
    const input = new Subject<Buffer>();
    this.#input = input;
    this.#inputEnded = false;
    this.#flush = new Subject();
    this.#output = new Output(this.out, this);
    this.epoch(value, this.#flush)(input).subscribe(this.#output);
  }

  #endInput(): void {
    this.#inputEnded = true;
    this.#input?.complete();
  }

  /** Passes what came meanwhile; what a refund lets in waits behind it. */
  #drain(): void {
    while (this.#next === undefined) {
      const frame = this.#waiting.shift();
      if (frame === undefined) return;
      this.#input?.next(frame);
      this.#holder?.refund(frame.byteLength);
    }
  }
}

/** What one epoch hands on; its end is the succession's to tell. */
class Output extends Subscriber<Buffer> {
  constructor(
    private readonly out: Subscriber<Buffer>,
    private readonly line: { done(): void },
  ) {
    super();
  }

  protected override _next(frame: Buffer): void {
    this.out.next(frame);
  }

  protected override _error(error: unknown): void {
    this.out.error(error);
  }

  protected override _complete(): void {
    this.line.done();
  }
}
