import { mergeMap, type Observable } from 'rxjs';
import type { TcpServerOptions } from '../options';
import type { Connection } from '../peer';
import { listenTcp } from './tcpListener';

/**
 * A TCP server as a cold Observable: listens while subscribed and emits each accepted connection; unsubscribing stops
 * listening, and leaves the connections to themselves.
 *
 * ```text
 * subscribe      ^----------------!        ^ bind and listen, ! close the listening socket
 * clients        ---a----b-----------
 * tcpServer      ---a----b---------        never completes by itself
 * ```
 *
 * A connection that nobody subscribes to is the caller's to `abort()`; it does not keep the process alive. What one
 * connection errors with would end the server and all others: `lifecycle` keeps it to the connection.
 *
 * Errors with `ERR_ECHO_LISTEN` when the address cannot be bound, `ERR_ECHO_LISTENER` when the listener fails later.
 *
 * @throws `ERR_ECHO_OPTION` for an option out of its range.
 * @example
 * tcpServer({ port: 7007 })
 *   .pipe(
 *     mergeMap((connection) =>
 *       connection.bytes$.pipe(connection.writes(), lifecycle(connection)),
 *     ),
 *   )
 *   .subscribe();
 */
export const tcpServer = (options: TcpServerOptions): Observable<Connection> =>
  listenTcp(options).pipe(mergeMap((listener) => listener.connections$));
