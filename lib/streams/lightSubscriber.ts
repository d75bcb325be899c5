import { Subscription, type TeardownLogic, type Unsubscribable } from 'rxjs';
import { HotSubscriber } from './hotSubscriber';

/** A subscriber with a lifetime of its own. The first teardown is nearly always the only one: what it is subscribed to. */
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
