import type { Observer, TeardownLogic, Unsubscribable } from 'rxjs';

/**
 * The base of subscribers on the hot path: it has the methods of a `Subscriber` without its nine fields and list of 17
 * places, which are most of the memory of a stage.
 *
 * RxJS accepts it because of its methods, which is not documented. It does from 7.5.5 on; `spec/e2e/rxjs.spec.ts` tests
 * it.
 */
export abstract class HotSubscriber<T> implements Observer<T>, Unsubscribable {
  /** A source that emits synchronously asks this, and stops. */
  abstract readonly closed: boolean;
  abstract next(value: T): void;
  abstract error(error: unknown): void;
  abstract complete(): void;
  abstract unsubscribe(): void;
  abstract add(teardown: TeardownLogic): void;
  abstract remove(teardown: Exclude<TeardownLogic, void>): void;
}
