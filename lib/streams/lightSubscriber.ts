import {
  Observable,
  type MonoTypeOperatorFunction,
  type Subscriber,
  Subscription,
  type TeardownLogic,
  type Unsubscribable,
} from 'rxjs';
import { HotSubscriber } from './hotSubscriber';

/** A subscriber with a lifetime of its own and room for one teardown, which is nearly always enough. */
export abstract class LightSubscriber<T> extends HotSubscriber<T> {
  closed = false;
  #teardown: Teardown | undefined;
  #moreTeardowns: Subscription | undefined;

  unsubscribe(): void {
    if (this.closed) return;
    this.closed = true;
    try {
      if (typeof this.#teardown === 'function') this.#teardown();
      else this.#teardown?.unsubscribe();
    } finally {
      this.#moreTeardowns?.unsubscribe();
    }
  }

  add(teardown: TeardownLogic): void {
    if (!teardown || teardown === (this as Unsubscribable)) return;
    if (this.#teardown === undefined && !this.closed) this.#teardown = teardown;
    else (this.#moreTeardowns ??= this.closed ? Subscription.EMPTY : new Subscription()).add(teardown);
  }

  remove(teardown: Teardown): void {
    if (this.#teardown === teardown) this.#teardown = undefined;
    else this.#moreTeardowns?.remove(teardown);
  }
}

type Teardown = Exclude<TeardownLogic, void>;

/** Returns an operator from a subscriber that is made for `out` and ends with it. */
export const operate =
  (make: (out: Subscriber<Buffer>) => LightSubscriber<Buffer>): MonoTypeOperatorFunction<Buffer> =>
  (source) =>
    new Observable((out) => {
      const subscriber = make(out);
      out.add(subscriber);
      if (!subscriber.closed) source.subscribe(subscriber);
    });
