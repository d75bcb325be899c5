import { Observable } from 'rxjs';
import type { ByteBudget } from '../flow/byteBudget';
import type { Wire } from './wire';

/**
 * What the peer sends, emitted while `budget` is open; completes on the peer's FIN.
 *
 * Single use. Errors with the wire's error when the socket closed before that, for whatever reason. Unsubscribing stops reading,
 * and leaves the socket open.
 *
 * @param lends Whether the chunks are lent; see `lendChunks`. Default: they are the reader's own.
 */
export const wireBytes = (wire: Wire, budget: ByteBudget, lends = false): Observable<Buffer> =>
  new Observable((subscriber) => {
    wire.read(subscriber, budget, lends);
    return () => wire.stopReading();
  });
