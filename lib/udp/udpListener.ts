import type { Observable } from 'rxjs';
import type { KernelQueue } from '../budget';
import type { Endpoint } from '../endpoint';
import type { Datagram } from '../peer';
import type { DatagramCounts } from './udpSender';

/** A bound UDP socket, or those at all local addresses. */
export interface UdpListener {
  readonly transport: 'udp';
  readonly local: Endpoint;
  /**
   * Single use: unsubscribing stops emitting, and the socket closes when no answer is under way. Errors with
   * `ERR_ECHO_LISTENER` when the socket fails. While as many answers wait for the kernel as may, a new datagram is
   * dropped and counted.
   */
  readonly datagrams$: Observable<Datagram>;
  /** What has come and gone so far, with what was dropped. */
  readonly counts: DatagramCounts;
  /** Where its sockets are bound now. */
  readonly sockets: readonly Endpoint[];
  /** What the kernel may hold in front of `datagrams$`. */
  readonly queue: KernelQueue<Datagram>;
  /** Closes the socket, whatever is under way. */
  close(): void;
}
