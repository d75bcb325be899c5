import type { Endpoint, Transport } from './endpoint';
import type { EchoError } from './errors';
import type { EndReason } from './reasons';
import type { DroppedDatagram, Peer, PeerStats, RefusedConnection } from './peer';

/** What a stop saved and what it lost, over what was alive when the signal came. */
export interface StopReport {
  readonly connectionsDrained: number;
  readonly connectionsAborted: number;
  /** Of those cut, how many were not being read: what the kernel had received for them is lost. Only there where one was. */
  readonly connectionsUnread?: number;
  /** Bytes read and not taken by the kernel, at least: what the kernel had taken and the peer never got is not seen. */
  readonly bytesPending: number;
  /** Datagrams received, and neither answered nor dropped by a stage. */
  readonly datagramsLost: number;
  /** Workers that died, at any time; only there where one did. */
  readonly workersLost?: number;
}

/**
 * Everything that can be seen of a server from outside. Of several worker processes, each event says whose it is: what
 * is counted from 1 (`id`) is counted by each worker by itself.
 */
export type EchoEvent<P extends PeerStats = Peer> = AnyEvent<P> & { readonly worker?: number };

type AnyEvent<P extends PeerStats> =
  /** A socket is bound; all of them are before the first of these. */
  | { readonly kind: 'listening'; readonly transport: Transport; readonly local: Endpoint }
  /** A connection was accepted and at once closed, and is no `opened`. */
  | ({ readonly kind: 'refused'; readonly transport: 'tcp' } & RefusedConnection)
  /** As much is held as may be over all connections and flows: nothing is read until half of it is gone. */
  | { readonly kind: 'paused'; readonly bufferedBytes: number }
  /** A connection was accepted, or a UDP peer's first datagram opened a flow. */
  | { readonly kind: 'opened'; readonly peer: P }
  /** Its end: exactly one for each `opened`. */
  | { readonly kind: 'closed'; readonly peer: P; readonly reason: EndReason; readonly error?: EchoError }
  /** A datagram went back (servers without stages; with stages a flow counts). */
  | { readonly kind: 'answered'; readonly remote: Endpoint; readonly bytes: number }
  | ({ readonly kind: 'dropped' } & DroppedDatagram)
  /**
   * The kernel had no room for what came, since the last time: for datagrams in the receive buffer of a socket, or for
   * connections in the accept queue of a socket of this network namespace, which need not be ours.
   */
  | { readonly kind: 'overflowed'; readonly transport: Transport; readonly local?: Endpoint; readonly dropped: number }
  /** A stage has something to say. */
  | { readonly kind: 'log'; readonly level: 'warn' | 'info' | 'debug'; readonly message: string }
  /** Lines that a stage was asked to show, as they are. */
  | { readonly kind: 'output'; readonly lines: string }
  /** A listener ended with an error after it had listened; all else goes on. */
  | { readonly kind: 'failed'; readonly transport: Transport; readonly local: Endpoint; readonly error: EchoError }
  /** A worker process ended that was not told to, and its connections with it: why, and whether another takes its place. */
  | { readonly kind: 'workerExited'; readonly reason: string; readonly connections: number; readonly replaced: boolean }
  /** The signal to stop came. */
  | { readonly kind: 'stopping' }
  /** The last event: every stream has completed and every port is free. */
  | { readonly kind: 'stopped'; readonly report: StopReport };
