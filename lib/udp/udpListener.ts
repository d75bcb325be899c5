import type { Observable } from 'rxjs';
import type { KernelQueue } from '../budget';
import type { Endpoint } from '../endpoint';
import type { Datagram } from '../peer';
import type { DatagramCounts } from './udpSender';

/** A bound UDP socket, or one at each local address. */
export interface UdpListener {
  readonly transport: 'udp';
  readonly local: Endpoint;
  /**
   * Emits each datagram. Single use: unsubscribing stops emitting, and the socket closes when no reply is pending.
   * Errors with `ERR_ECHO_LISTENER` when the socket fails. While the high-water mark of replies is reached, new
   * datagrams are dropped and counted.
   */
  readonly datagrams$: Observable<Datagram>;
  /** Returns the totals so far, including what was dropped. */
  readonly counts: DatagramCounts;
  /** Returns the addresses of its sockets. */
  readonly sockets: readonly Endpoint[];
  /** Describes the kernel's queue in front of `datagrams$`. */
  readonly queue: KernelQueue<Datagram>;
  /** Closes the socket at once. */
  close(): void;
}
