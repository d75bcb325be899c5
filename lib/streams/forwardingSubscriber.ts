import type { Subscriber, TeardownLogic, Unsubscribable } from 'rxjs';
import { HotSubscriber } from './hotSubscriber';

/**
 * A subscriber right before another one, with whom it ends: what is to be torn down with it hangs on `out` itself.
 *
 * An end is passed on as it is, unless a subclass has more to say of it. What comes after an end is stopped by `out`, a
 * `Subscriber` at last. Only where `out` ends whenever this one does: what hangs on it is not torn down before.
 */
export abstract class ForwardingSubscriber<T, R> extends HotSubscriber<T> {
  constructor(protected readonly out: Subscriber<R>) {
    super();
  }

  error(error: unknown): void {
    this.out.error(error);
  }

  complete(): void {
    this.out.complete();
  }

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
