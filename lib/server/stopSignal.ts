import { Observable, take, type Subscription } from 'rxjs';
import { Roster } from '../roster';

/** Waits for the signal to stop. */
export interface StopListener {
  onStop(signal: unknown): void;
}

/**
 * The signal to stop, for thousands of listeners: however many there are, it has one subscriber, so that a connection that
 * waits costs a place in a set and not a chain of subscribers.
 *
 * @param source$ Its first value is the signal. Make it replay, so that a late listener is called, too.
 */
export class StopSignal<T = unknown> extends Observable<T> {
  readonly #listeners = new Roster<StopListener>('stop');
  #subscription: Subscription | undefined;

  constructor(private readonly source$: Observable<T>) {
    super((subscriber) => source$.subscribe(subscriber));
  }

  /** Of several users of one Observable each has a signal of its own, unless it is one already. */
  static of(signal$: Observable<unknown>): StopSignal {
    return signal$ instanceof StopSignal ? signal$ : new StopSignal(signal$);
  }

  add(listener: StopListener): void {
    this.#listeners.add(listener);
    if (this.#subscription && !this.#subscription.closed) return;
    this.#subscription = this.source$.pipe(take(1)).subscribe((signal) => {
      for (const each of this.#listeners) {
        this.#listeners.delete(each);
        each.onStop(signal);
      }
    });
  }

  delete(listener: StopListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#subscription?.unsubscribe();
  }
}
