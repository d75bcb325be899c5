import { Observable, type MonoTypeOperatorFunction, type Subscriber } from 'rxjs';
import { ForwardingSubscriber } from '../../streams/forwardingSubscriber';

/**
 * Passes a stream, and appends values that are known only at its end: `tap` and `concat` with one subscriber.
 *
 * ```text
 * source       -a-b-c-|
 * endWithLazy    -a-b-c-(yz|)
 * ```
 *
 * @param follow Called with each value before it is emitted.
 * @param words Called once when the source has completed; returns the values to append.
 */
export const endWithLazy =
  <T>(follow: (value: T) => void, words: () => Iterable<T>): MonoTypeOperatorFunction<T> =>
  (source) =>
    new Observable((subscriber) => void source.subscribe(new TapAndAppend(subscriber, follow, words)));

class TapAndAppend<T> extends ForwardingSubscriber<T, T> {
  constructor(
    out: Subscriber<T>,
    private readonly follow: (value: T) => void,
    private readonly words: () => Iterable<T>,
  ) {
    super(out);
  }

  next(value: T): void {
    this.follow(value);
    this.out.next(value);
  }

  override complete(): void {
    for (const word of this.words()) this.out.next(word);
    this.out.complete();
  }
}
