import type { Observer, TeardownLogic, Unsubscribable } from 'rxjs';

/**
 * The base of subscribers on the hot path: no `Subscriber`, and yet one to RxJS, which asks for these methods. RxJS gives
 * each subscriber of its own nine fields and a list of 17 places; at thousands of connections that is most of what a stage
 * costs, in memory and in what each chunk has to fetch.
 *
 * That RxJS takes it for one is not documented. It holds from 7.5.5 on, and `spec/e2e/rxjs.spec.ts` sees it there.
 */
export abstract class HotSubscriber<T> implements Observer<T>, Unsubscribable {
  /** A source that emits synchronously asks, and stops. */
  abstract readonly closed: boolean;
  abstract next(value: T): void;
  abstract error(error: unknown): void;
  abstract complete(): void;
  abstract unsubscribe(): void;
  abstract add(teardown: TeardownLogic): void;
  abstract remove(teardown: Exclude<TeardownLogic, void>): void;
}
