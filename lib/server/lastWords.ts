import { Observable, type MonoTypeOperatorFunction } from 'rxjs';

/**
 * Follows a stream, and adds to its end what is known then; `concat` and `tap` in one, since every event comes through.
 *
 * ```text
 * source       -a-b-c-|
 * lastWords    -a-b-c-(yz|)
 * ```
 *
 * @param follow Sees each value before it is passed on.
 * @param words Asked once, when the source has completed.
 */
export const lastWords =
  <T>(follow: (value: T) => void, words: () => Iterable<T>): MonoTypeOperatorFunction<T> =>
  (source) =>
    new Observable((subscriber) =>
      source.subscribe({
        next: (value) => {
          follow(value);
          subscriber.next(value);
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          for (const word of words()) subscriber.next(word);
          subscriber.complete();
        },
      }),
    );
