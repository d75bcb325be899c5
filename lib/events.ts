import type { Endpoint, Transport } from './endpoint';
import type { EchoError } from './errors';
import type { EndReason } from './reasons';
import type { DroppedDatagram, Peer, PeerStats, RefusedConnection } from './peer';

/** Counts what a stop drained and what it lost. */
export interface StopReport {
  readonly connectionsDrained: number;
  readonly connectionsAborted: number;
  /**
   * Of the aborted connections, those that were not being read, so that bytes in the kernel are lost too. Absent if
   * there are none.
   */
  readonly connectionsUnread?: number;
  /**
   * Bytes that were read and that the kernel did not take. It excludes bytes that the kernel took and the peer never
   * received.
   */
  readonly bytesPending: number;
  /** Datagrams that were received, and neither answered nor dropped by a stage. */
  readonly datagramsLost: number;
  /** Workers that exited, at any time. Absent if there are none. */
  readonly workersLost?: number;
}

/**
 * What can be observed of a server. With several workers, `worker` tells which one emitted the event; each worker
 * counts `id` from 1.
 */
export type EchoEvent<P extends PeerStats = Peer> = AnyEvent<P> & { readonly worker?: number };

type AnyEvent<P extends PeerStats> =
  /**
   * A socket is bound. All sockets are bound before the first of these events. The command sets `service` if it serves a
   * handler, and not an echo.
   */
  | { readonly kind: 'listening'; readonly transport: Transport; readonly local: Endpoint; readonly service?: string }
  /** A connection was accepted and closed at once. It has no `opened` event. */
  | ({ readonly kind: 'refused'; readonly transport: 'tcp' } & RefusedConnection)
  /** The limit of buffered bytes is reached: reading pauses until half is free. */
  | { readonly kind: 'paused'; readonly bufferedBytes: number }
  /** A connection was accepted, or the first datagram of a UDP peer opened a flow. */
  | { readonly kind: 'opened'; readonly peer: P }
  /** The connection or flow ended: exactly one event for each `opened`. */
  | { readonly kind: 'closed'; readonly peer: P; readonly reason: EndReason; readonly error?: EchoError }
  /** A datagram was answered, by a server without stages. With stages, a flow counts its datagrams. */
  | { readonly kind: 'answered'; readonly remote: Endpoint; readonly bytes: number }
  | ({ readonly kind: 'dropped' } & DroppedDatagram)
  /**
   * The kernel dropped datagrams at a full receive buffer, or connection attempts at a full accept queue, since the
   * last event. Accept queues are counted for the whole network namespace.
   */
  | { readonly kind: 'overflowed'; readonly transport: Transport; readonly local?: Endpoint; readonly dropped: number }
  /** A stage logged a message. */
  | { readonly kind: 'log'; readonly level: 'warn' | 'info' | 'debug'; readonly message: string }
  /** A stage printed lines. */
  | { readonly kind: 'output'; readonly lines: string }
  /** A listener failed after it had listened. The server continues. */
  | { readonly kind: 'failed'; readonly transport: Transport; readonly local: Endpoint; readonly error: EchoError }
  /**
   * A worker process exited unexpectedly, and its connections were lost. `replaced` says whether another one starts.
   */
  | { readonly kind: 'workerExited'; readonly reason: string; readonly connections: number; readonly replaced: boolean }
  /** The signal to stop arrived. */
  | { readonly kind: 'stopping' }
  /** The last event: every stream has completed, and every port is free. */
  | { readonly kind: 'stopped'; readonly report: StopReport };
