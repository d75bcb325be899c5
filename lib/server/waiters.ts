import { take, type Observable, type Subscription } from 'rxjs';
import { Roster } from '../roster';

/** Somebody who waits for a signal. */
export interface Waiter {
  signalled(signal: unknown): void;
}

/**
 * Who waits for one signal: however many there are, the signal has one subscriber, so that a connection that waits
 * costs a place in a roster and not a chain of subscribers.
 */
export class Waiters {
  readonly #waiting = new Roster<Waiter>('waits');
  #subscription: Subscription | undefined;

  constructor(private readonly signal$: Observable<unknown>) {}

  /** Waits; a signal that replays tells a latecomer at once. */
  add(waiter: Waiter): void {
    this.#waiting.add(waiter);
    if (this.#subscription && !this.#subscription.closed) return;
    this.#subscription = this.signal$.pipe(take(1)).subscribe((signal) => {
      for (const each of this.#waiting) {
        this.#waiting.delete(each);
        each.signalled(signal);
      }
    });
  }

  delete(waiter: Waiter): void {
    this.#waiting.delete(waiter);
    if (this.#waiting.size === 0) this.#subscription?.unsubscribe();
  }
}

const known = new WeakMap<Observable<unknown>, Waiters>();

export const waitersFor = (signal$: Observable<unknown>): Waiters => {
  const waiters = known.get(signal$) ?? new Waiters(signal$);
  known.set(signal$, waiters);
  return waiters;
};
