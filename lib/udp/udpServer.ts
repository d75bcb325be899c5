import { mergeMap, type Observable } from 'rxjs';
import type { UdpServerOptions } from '../options';
import type { Datagram } from '../peer';
import { listenUdp } from './listenUdp';

/**
 * Receives datagrams, as a cold Observable: binds while subscribed and emits each datagram. Unsubscribing stops
 * emitting, and the socket closes when no reply is pending.
 *
 * ```text
 * subscribe      ^----------------!        ^ bind, ! stop reading; close once all answers are with the kernel
 * datagrams      ---a-bc--d----------
 * udpServer      ---a-bc--d-------         never completes by itself
 * ```
 *
 * Errors with `ERR_ECHO_LISTEN` when the address cannot be bound, and with `ERR_ECHO_LISTENER` when the socket fails
 * later.
 *
 * @throws `ERR_ECHO_OPTION` for an invalid option.
 * @example
 * udpServer({ port: 7007 })
 *   .pipe(mergeMap((datagram) => datagram.reply(datagram.data)))
 *   .subscribe();
 *
 */
export const udpServer = (options: UdpServerOptions): Observable<Datagram> =>
  listenUdp(options).pipe(mergeMap((listener) => listener.datagrams$));
