import { mergeMap, type Observable } from 'rxjs';
import type { UdpServerOptions } from '../options';
import type { Datagram } from '../peer';
import { listenUdp } from './listenUdp';

/**
 * A UDP server as a cold Observable: binds while subscribed and emits each datagram; unsubscribing stops emitting, and
 * the socket closes when no answer is under way.
 *
 * ```text
 * subscribe      ^----------------!        ^ bind, ! stop reading; close once all answers are with the kernel
 * datagrams      ---a-bc--d----------
 * udpServer      ---a-bc--d-------         never completes by itself
 * ```
 *
 * Errors with `ERR_ECHO_LISTEN` when the address cannot be bound, `ERR_ECHO_LISTENER` when the socket fails later.
 *
 * @throws `ERR_ECHO_OPTION` for an option out of its range.
 * @example
 * udpServer({ port: 7007 })
 *   .pipe(mergeMap((datagram) => datagram.reply(datagram.data)))
 *   .subscribe();
 */
export const udpServer = (options: UdpServerOptions): Observable<Datagram> =>
  listenUdp(options).pipe(mergeMap((listener) => listener.datagrams$));
