import { Observable, take, type Subscription } from 'rxjs';
import { IntrusiveSet } from './intrusiveSet';

/** Called at the signal. */
export interface SignalListener {
  onSignal(value: unknown): void;
}

/**
 * Calls thousands of listeners at one signal with a single subscription: a waiting connection costs an entry of a set
 * instead of a chain of subscribers.
 *
 * @param source$ Its first value is the signal. It must replay, so that a late listener is called.
 */
export class Signal<T = unknown> extends Observable<T> {
  readonly #listeners = new IntrusiveSet<SignalListener>('signal');
  #subscription: Subscription | undefined;

  constructor(private readonly source$: Observable<T>) {
    super((subscriber) => source$.subscribe(subscriber));
  }

  /** Returns a Signal of the Observable, or the Observable itself if it is one already. */
  static of(signal$: Observable<unknown>): Signal {
    return signal$ instanceof Signal ? signal$ : new Signal(signal$);
  }

  add(listener: SignalListener): void {
    this.#listeners.add(listener);
    if (this.#subscription && !this.#subscription.closed) return;
    this.#subscription = this.source$.pipe(take(1)).subscribe((signal) => {
      for (const each of this.#listeners) {
        this.#listeners.delete(each);
        each.onSignal(signal);
      }
    });
  }

  delete(listener: SignalListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#subscription?.unsubscribe();
  }
}
