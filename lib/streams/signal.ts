import { Observable, take, type Subscription } from 'rxjs';
import { IntrusiveSet } from './intrusiveSet';

/** Waits for a signal. */
export interface SignalListener {
  onSignal(value: unknown): void;
}

/**
 * A signal for thousands of listeners: however many there are, it has one subscriber, so that a connection that waits costs
 * a place in a list and not a chain of subscribers.
 *
 * @param source$ Its first value is the signal. Make it replay, so that a late listener is called, too.
 */
export class Signal<T = unknown> extends Observable<T> {
  readonly #listeners = new IntrusiveSet<SignalListener>('signal');
  #subscription: Subscription | undefined;

  constructor(private readonly source$: Observable<T>) {
    super((subscriber) => source$.subscribe(subscriber));
  }

  /** Of several users of one Observable each has a signal of its own, unless it is one already. */
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
