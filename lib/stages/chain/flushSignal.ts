import { Observable, type Subscriber, type Subscription } from 'rxjs';

/** Called when everything buffered is to be delivered. */
export interface FlushListener {
  flush(): void;
}

/**
 * The `flush$` of one stage. A fault adds a listener instead of a subscription, because most peers are never flushed.
 */
export class FlushSignal extends Observable<void> {
  /** Nearly always there is one listener or none. */
  #listeners: FlushListener | readonly FlushListener[] | undefined;
  #hasFlushed = false;

  constructor() {
    super(subscribeTo);
  }

  /** Calls the listener at the flush, or at once after it. An Observable of another kind is subscribed. */
  static listen(flush$: Observable<unknown>, listener: FlushListener): Subscription | undefined {
    if (!(flush$ instanceof FlushSignal)) return flush$.subscribe(() => listener.flush());
    flush$.add(listener);
    return undefined;
  }

  /** Flushes the listeners; with `forGood`, also those that come later. */
  flush(forGood: boolean): void {
    this.#hasFlushed ||= forGood;
    for (const listener of this.#all) listener.flush();
  }

  add(listener: FlushListener): void {
    this.#listeners = this.#listeners === undefined ? listener : [...this.#all, listener];
    if (this.#hasFlushed) listener.flush();
  }

  delete(listener: FlushListener): void {
    if (this.#listeners === listener) this.#listeners = undefined;
    else this.#listeners = this.#all.filter((each) => each !== listener);
  }

  get #all(): readonly FlushListener[] {
    const listeners = this.#listeners ?? [];
    return Array.isArray(listeners) ? (listeners as readonly FlushListener[]) : [listeners as FlushListener];
  }
}

/** One function for all: RxJS calls it as the method of the Observable. */
function subscribeTo(this: Observable<void>, subscriber: Subscriber<void>): () => void {
  const listener = { flush: () => subscriber.next() };
  (this as FlushSignal).add(listener);
  return () => (this as FlushSignal).delete(listener);
}
