import { Subscription, type TeardownLogic, type Unsubscribable } from 'rxjs';

/**
 * A subscriber with a lifetime of its own, in four fields. RxJS takes it for a `Subscriber` by its methods; a real one has
 * nine fields and a list of 17 places, and each stage of each connection has two subscribers.
 *
 * The first teardown is nearly always the only one: the operator's own subscriber.
 */
export abstract class LightSubscriber<T> implements Unsubscribable {
  closed = false;
  #teardown: Teardown | undefined;
  #moreTeardowns: Subscription | undefined;

  abstract next(value: T): void;
  abstract error(error: unknown): void;
  abstract complete(): void;

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
