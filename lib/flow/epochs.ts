import { defer, Observable, Subject, Subscriber, type MonoTypeOperatorFunction } from 'rxjs';
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
      values$.subscribe(new Changes(line));
      source.subscribe(line);
    });

/** Where one epoch follows another. Subscribers and no closures around them: each connection with stages has its own. */
class Succession<T> extends Subscriber<Buffer> {
  /** Who reads the epoch's input. Not a Subject: nearly always it is one, and at thousands of connections a list of one is small. */
  #readers: readonly Subscriber<Buffer>[] = [];
  #inputEnded = false;
  #output: Output | undefined;
  /** The epoch that waits for the one before it to be done. */
  #next: { readonly value: T } | undefined;
  #completed = false;
  #holder: Holder | undefined;
  #waiting: Buffer[] | undefined;

  constructor(
    private readonly out: Subscriber<Buffer>,
    private readonly epoch: Epoch<T>,
    private readonly budget: Pick<ByteBudget, 'holder'>,
  ) {
    super();
    out.add(this);
  }

  change(value: T): void {
    if (this.#output === undefined) return this.#begin(value);
    const isChanging = this.#next !== undefined;
    this.#next = { value };
    if (isChanging) return;
    const output = this.#output;
    output.flush?.next();
    // Not when the flush was all that it waited for, and its successor has begun.
    if (output === this.#output) this.#endInput();
  }

  override next(frame: Buffer): void {
    if (this.isStopped) return;
    if (this.#next === undefined && !this.#waiting?.length) return this.#pass(frame);
    this.#holder ??= this.budget.holder(undefined, 'aside');
    this.#holder.charge(frame.byteLength);
    this.#waiting ??= [];
    this.#waiting.push(frame);
  }

  fail(error: unknown): void {
    this.out.error(error);
  }

  protected override _error(error: unknown): void {
    this.fail(error);
  }

  /** Goes on: what is on its way, and the epochs that wait, are to come yet. */
  protected override _complete(): void {
    this.#completed = true;
    if (this.#next === undefined && !this.#waiting?.length) this.#endInput();
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

  override unsubscribe(): void {
    super.unsubscribe();
    this.#waiting = undefined;
    this.#holder?.release();
  }

  #begin(value: T): void {
    const output = new Output(this.out, this);
    const input = new Observable<Buffer>((reader) => {
      // An operator that has fallen behind its epoch finds no input any more.
      if (this.#inputEnded || output !== this.#output) return reader.complete();
      this.#readers = [...this.#readers.filter(({ closed }) => !closed), reader];
    });
    this.#readers = [];
    this.#inputEnded = false;
    this.#output = output;
    const flush$ = defer(() => (output.flush ??= new Subject()));
    this.epoch(value, flush$)(input).subscribe(output);
  }

  #pass(frame: Buffer): void {
    for (const reader of this.#readers) reader.next(frame);
  }

  #endInput(): void {
    this.#inputEnded = true;
    for (const reader of this.#readers) reader.complete();
  }

  /** Passes what came meanwhile; what a refund lets in waits behind it. */
  #drain(): void {
    while (this.#next === undefined) {
      const frame = this.#waiting?.shift();
      if (frame === undefined) return;
      this.#pass(frame);
      this.#holder?.refund(frame.byteLength);
    }
  }
}

/** The values come to the succession. */
class Changes<T> extends Subscriber<T> {
  constructor(private readonly line: Succession<T>) {
    super();
    line.add(this);
  }

  override next(value: T): void {
    if (!this.isStopped) this.line.change(value);
  }

  protected override _error(error: unknown): void {
    this.line.fail(error);
  }

  protected override _complete(): void {
    // There will be no other epoch: the last one stays.
  }
}

/** What one epoch hands on; its end is the succession's to tell. */
class Output extends Subscriber<Buffer> {
  /** Made for whom holds something: most hold nothing. */
  flush: Subject<void> | undefined;

  constructor(
    private readonly out: Subscriber<Buffer>,
    private readonly line: Pick<Succession<unknown>, 'done' | 'add'>,
  ) {
    super();
    line.add(this);
  }

  override next(frame: Buffer): void {
    if (!this.isStopped) this.out.next(frame);
  }

  protected override _error(error: unknown): void {
    this.out.error(error);
  }

  protected override _complete(): void {
    this.line.done();
    this.unsubscribe();
  }
}
