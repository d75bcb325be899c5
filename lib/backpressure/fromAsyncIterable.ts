import { firstValueFrom, Observable } from 'rxjs';
import type { ByteBudget } from '../budget';

/** Decides when to pull: while `open` is true; checked again at each value of `drain$`. */
export type Demand = Pick<ByteBudget, 'open' | 'drain$'>;

/**
 * Emits the values of an AsyncIterable, pulling only while there is room downstream. Calls `return()` when
 * unsubscribed.
 *
 * ```text
 * iterable             abcdefgh|
 * budget               --c---o--       closed while the peer takes nothing, then open
 * fromAsyncIterable    abc---defgh|
 * ```
 *
 * RxJS's own `from(asyncIterable)` pulls without limit: it buffered 252 of 256 MiB for a client that did not read.
 *
 * @param budget The budget of the sink: `connection.budget`.
 * @example
 * const lines$ = (connection: Connection) => fromAsyncIterable(lines(connection.bytes), connection.budget);
 * tcpServer({ port: 7007 })
 *   .pipe(mergeMap((connection) => lines$(connection).pipe(connection.writes())))
 *   .subscribe();
 *
 */
export const fromAsyncIterable = <T>(iterable: AsyncIterable<T>, budget: Demand): Observable<T> =>
  new Observable((subscriber) => {
    const iterator = iterable[Symbol.asyncIterator]();
    const pullAll = async (): Promise<void> => {
      while (!subscriber.closed) {
        while (!budget.open) await firstValueFrom(budget.drain$, { defaultValue: undefined });
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
      // Nothing is left to receive a rejection of `return`.
      if (pulling) void iterator.return?.().then(undefined, () => undefined);
    };
  });
