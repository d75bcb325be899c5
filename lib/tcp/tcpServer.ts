import { mergeMap, type Observable } from 'rxjs';
import type { TcpServerOptions } from '../options';
import type { Connection } from '../peer';
import { listenTcp } from './tcpListener';

/**
 * Listens on TCP while subscribed, and emits each accepted connection.
 *
 * The Observable is cold: each subscription listens anew. Unsubscribing closes the listening socket, and open
 * connections continue.
 *
 * ```text
 * subscribe      ^----------------!        ^ bind and listen, ! close the listening socket
 * clients        ---a----b-----------
 * tcpServer      ---a----b---------        never completes by itself
 * ```
 *
 * A connection that is not subscribed does not keep the process alive, and the caller must `abort()` it. An error of
 * one connection would end the server and all other connections; `lifecycle` confines it to its connection.
 *
 * Errors with `ERR_ECHO_LISTEN` if the address cannot be bound, and with `ERR_ECHO_LISTENER` if the listener fails
 * later.
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
