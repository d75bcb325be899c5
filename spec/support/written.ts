import { concat, defer, lastValueFrom, of, type Observable } from 'rxjs';
import type { Connection } from '../../lib/peer';

/** Writes all that the source emits; emits, once the connection is closed, how much of it the kernel took. */
export const written$ = (connection: Connection, source$: Observable<Uint8Array>): Observable<number> =>
  concat(
    source$.pipe(connection.writes()),
    defer(() => of(connection.bytesOut)),
  );

export const written = (connection: Connection, source$: Observable<Uint8Array>): Promise<number> =>
  lastValueFrom(written$(connection, source$));

/** The echo of a connection, as `written$`. */
export const echoed$ = (connection: Connection): Observable<number> => written$(connection, connection.bytes$);
