import type { Subscriber, TeardownLogic, Unsubscribable } from 'rxjs';

/**
 * A subscriber right before another one, with whom it ends: what is to be torn down with it hangs on `out` itself. It is no
 * `Subscriber` and yet one to RxJS, which asks for these methods. RxJS gives every subscriber of its own nine fields, and
 * a list of 17 places; at thousands of connections that is most of what a stage costs, in memory and in what each chunk
 * has to fetch.
 *
 * An end is passed on as it is, unless a subclass has more to say of it. What comes after an end is stopped by `out`, a
 * `Subscriber` at last. Only where `out` ends whenever this one does: what hangs on it is not torn down before.
 */
export abstract class Inner<T, R> implements Unsubscribable {
  constructor(protected readonly out: Subscriber<R>) {}

  abstract next(value: T): void;

  /** Whether values are nothing to it, and the end is all: a source that knows need not tell. */
  get awaitsEnd(): boolean {
    return false;
  }

  error(error: unknown): void {
    this.out.error(error);
  }

  complete(): void {
    this.out.complete();
  }

  /** A source that emits synchronously asks, and stops. */
  get closed(): boolean {
    return this.out.closed;
  }

  unsubscribe(): void {
    this.out.unsubscribe();
  }

  add(teardown: TeardownLogic): void {
    if (teardown !== (this as Unsubscribable)) this.out.add(teardown);
  }

  remove(teardown: Exclude<TeardownLogic, void>): void {
    this.out.remove(teardown);
  }
}
