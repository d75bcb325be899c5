import { Observable, firstValueFrom } from 'rxjs';

/** When it is time to pull: while `isOpen()`; asked again at each value of `eased$`. */
interface Pace {
  readonly isOpen: () => boolean;
  readonly eased$: Observable<unknown>;
}

/**
 * An AsyncIterable as an Observable that pulls only while what it hands on has somewhere to go, and `return()`s the
 * iterable when it is unsubscribed.
 *
 * RxJS's own `from(asyncIterable)` pulls as fast as it can: 252 of 256 MiB were parked in 0.7 s for a client that did
 * not read.
 */
export const paced = <T>(iterable: AsyncIterable<T>, { isOpen, eased$ }: Pace): Observable<T> =>
  new Observable((subscriber) => {
    const iterator = iterable[Symbol.asyncIterator]();
    const pullAll = async (): Promise<void> => {
      while (!subscriber.closed) {
        while (!isOpen()) await firstValueFrom(eased$, { defaultValue: undefined });
        if (subscriber.closed) return;
        const pull = await iterator.next();
        if (pull.done) return subscriber.complete();
        subscriber.next(pull.value);
      }
    };
    let pulling = true;
    void pullAll()
      .catch((error: unknown) => subscriber.error(error))
      .finally(() => (pulling = false));
    return () => {
      // A rejection of `return` has nobody left to tell.
      if (pulling) void iterator.return?.().then(undefined, () => undefined);
    };
  });
