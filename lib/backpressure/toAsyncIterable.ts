import type { Observable, Subscription } from 'rxjs';
import { EchoError } from '../errors';
import type { BudgetAccount } from '../budget';
import { retain } from '../streams/retain';

interface Pull {
  readonly resolve: (result: IteratorResult<Buffer, undefined>) => void;
  readonly reject: (reason: unknown) => void;
}

/** A stream to pull once, which its owner can stop. */
export interface PulledBytes extends AsyncIterable<Buffer> {
  /**
   * Unsubscribes and refunds what waits. Pulls under way and later ones resolve with `done`, or reject with `error`
   * unless the stream had ended: the consumer must not take a part for the whole.
   */
  stop(error?: EchoError): void;
  /** Returns whether a pull is under way, or came since the last call. */
  wasPulled(): boolean;
}

/**
 * Returns an AsyncIterable of an Observable. It subscribes at the first pull; what waits is charged to an account and
 * refunded when pulled. Single use.
 *
 * Stop it with `stop`: a `return()` at the other end would wait behind the pull that is under way.
 */
export const toAsyncIterable = (source: Observable<Buffer>, takeHolder: () => BudgetAccount): PulledBytes => {
  const view = new PullView(source, takeHolder);
  let used = false;
  return {
    [Symbol.asyncIterator]: () => {
      if (used) throw new EchoError('ERR_ECHO_USED', 'The bytes can be pulled only once');
      used = true;
      return view;
    },
    stop: (error) => view.stop(error),
    wasPulled: () => view.wasPulled(),
  };
};

class PullView implements AsyncIterator<Buffer, undefined> {
  readonly #waiting: Buffer[] = [];
  readonly #pulls: Pull[] = [];
  #end: ((pull: Pull) => void) | undefined;
  #wasPulled = false;
  #account: BudgetAccount | undefined;
  #subscription: Subscription | undefined;

  constructor(
    private readonly source: Observable<Buffer>,
    private readonly takeHolder: () => BudgetAccount,
  ) {}

  next(): Promise<IteratorResult<Buffer, undefined>> {
    const result = new Promise<IteratorResult<Buffer, undefined>>((resolve, reject) => {
      this.#pulls.push({ resolve, reject });
    });
    this.#wasPulled = true;
    // A consumer that left no longer awaits its pull, and an unhandled rejection would end the process.
    result.catch(() => undefined);
    this.#answer();
    if (this.#end === undefined) this.#subscribe();
    return result;
  }
  return(): Promise<IteratorResult<Buffer, undefined>> {
    this.stop();
    return Promise.resolve({ done: true, value: undefined });
  }

  stop(error?: EchoError): void {
    this.#subscription?.unsubscribe();
    for (const chunk of this.#waiting.splice(0)) this.#account?.refund(chunk.byteLength);
    this.#finish(error ? (pull) => pull.reject(error) : done);
  }

  wasPulled(): boolean {
    const wasPulled = this.#wasPulled || this.#pulls.length > 0;
    this.#wasPulled = false;
    return wasPulled;
  }

  #subscribe(): void {
    const account = (this.#account ??= this.takeHolder());
    this.#subscription ??= this.source.subscribe({
      next: (chunk) => {
        account.charge(chunk.byteLength);
        this.#waiting.push(retain(chunk));
        this.#answer();
      },
      error: (error: unknown) => this.#finish((pull) => pull.reject(error)),
      complete: () => this.#finish(done),
    });
  }

  #finish(end: (pull: Pull) => void): void {
    this.#end ??= end;
    this.#answer();
  }

  #answer(): void {
    while (this.#pulls.length > 0) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined && this.#end === undefined) return;
      const pull = this.#pulls.shift() as Pull;
      if (chunk === undefined) this.#end?.(pull);
      else {
        this.#account?.refund(chunk.byteLength);
        pull.resolve({ done: false, value: chunk });
      }
    }
  }
}

const done = (pull: Pull): void => pull.resolve({ done: true, value: undefined });
