import type { Subscriber, TeardownLogic, Unsubscribable } from 'rxjs';
import { HotSubscriber } from './hotSubscriber';

/**
 * Forwards to `out` and shares its lifetime: teardowns are added to `out`.
 *
 * It forwards ends as they are, unless a subclass overrides that. `out` ignores values after an end. Use it only if
 * `out` ends whenever this subscriber does.
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
