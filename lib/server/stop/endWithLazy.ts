import { Observable, type MonoTypeOperatorFunction, type Subscriber } from 'rxjs';
import { ForwardingSubscriber } from '../../streams/forwardingSubscriber';

/**
 * Follows a stream, and adds to its end what is known then; `concat` and `tap` in one, since every event comes through.
 *
 * ```text
 * source       -a-b-c-|
 * endWithLazy    -a-b-c-(yz|)
 * ```
 *
 * @param follow Sees each value before it is passed on.
 * @param words Asked once, when the source has completed.
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
