import { Observable } from 'rxjs';
import type { ByteBudget } from '../flow/byteBudget';
import type { Reading, Wire } from './wire';

/**
 * What the peer sends, emitted while `budget` is open; completes on the peer's FIN.
 *
 * Single use. Errors with the wire's error when the socket closed before that, for whatever reason. Unsubscribing stops reading,
 * and leaves the socket open.
 *
 */
export const wireBytes = (wire: Wire, budget: ByteBudget, reading: Reading = {}): Observable<Buffer> =>
  new Observable((subscriber) => {
    wire.read(subscriber, budget, reading);
    return () => wire.stopReading();
  });
