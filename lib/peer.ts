import type { MonoTypeOperatorFunction, Observable, OperatorFunction, Unsubscribable } from 'rxjs';
import type { Endpoint, Transport } from './endpoint';
import type { EchoError } from './errors';
import type { EndReason, RefusalReason, DropReason } from './reasons';
import type { ByteBudget, KernelQueue } from './budget';
import type { StageEnvironment, StagedPeer } from './stageEnvironment';

/** Identifies a peer and counts its traffic: the part of a peer that another process can receive. */
export interface PeerStats {
  readonly transport: Transport;
  /** Counts the peers of this source from 1. */
  readonly id: number;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Payload bytes that `bytes$` emitted. */
  readonly bytesIn: number;
  /** Payload bytes that the kernel took for sending. */
  readonly bytesOut: number;
  /**
   * Payload bytes that were read, and neither taken by the kernel nor dropped by a stage. The value stays after the
   * end.
   */
  readonly bytesPending: number;
  /** As `bytesPending`, in frames: datagrams for UDP. */
  readonly framesPending: number;
  /** Whether the kernel has taken all pending bytes and the FIN. */
  readonly flushed: boolean;
  /** Whether nothing reads although the peer has not ended its side, so that the kernel may hold bytes. */
  readonly unread: boolean;
}

/** The other end: a TCP connection, or the flow of datagrams of one UDP peer. */
export interface Peer extends PeerStats {
  /** Limits what is buffered between `bytes$` and `writes`. */
  readonly budget: ByteBudget;
  /** Describes the kernel's queue in front of `bytes$`, for `takeUntilDrained`. */
  readonly receiveQueue: KernelQueue<Buffer>;

  /**
   * Emits what the peer sends. Cold, single use; it reads only while the budget is open. Bytes that wait in `writes`
   * count, which is right for an echo. A client that sends one thing and reads another pulls `bytes` instead.
   *
   * Completes when the peer ends its side. Errors with `ERR_ECHO_CONNECTION` when the peer resets the connection, and
   * with `ERR_ECHO_USED` at a second subscription.
   */
  readonly bytes$: Observable<Buffer>;

  /**
   * The write sink: an operator that sends what its source emits, and emits nothing itself.
   *
   * When the source completes, our side ends (FIN) after the pending bytes. What the peer sends afterwards is read and
   * discarded for `lingerMs`, unless it has a reader. The sink completes when the connection is closed. If the source
   * errors, or the sink is unsubscribed early, the connection is reset: a FIN would make a truncated answer look
   * complete. `bytesOut` counts what the kernel has taken.
   *
   * Single use: a second sink errors with `ERR_ECHO_USED`.
   */
  writes(options?: WritesOptions): OperatorFunction<Uint8Array, never>;

  /** Ends the connection at once (RST) and discards what is pending. `bytes$` and `writes` error with `error`. */
  abort(error?: EchoError): void;

  /**
   * Completes `bytes$` (or `bytes`) as if the peer had ended its side, after everything has been read that the kernel
   * had received: after 20 ms of silence, twice; for a flow, at once. Pending bytes are still sent. A call before the
   * bytes are read takes effect when they are.
   */
  end(): void;

  /** Whether the peer has ended its side: by a FIN; a flow by falling idle, or with its source. */
  readonly peerClosed: boolean;
}

export interface WritesOptions {
  /** Sets the budget to charge: that of the source, which it then pauses. Default: the budget of the connection. */
  readonly budget?: ByteBudget;
  /**
   * Sets what happens when 512 KiB wait for a peer that does not read. `buffer` pauses the source, if it reads under
   * the budget. `abort` resets the peer with `ERR_ECHO_OVERFLOW`, for a source that cannot wait, such as a broadcast.
   * Default: `buffer`.
   */
  readonly whenFull?: 'buffer' | 'abort';
}

export interface FlowWritesOptions {
  /** Sets the budget to charge for datagrams that wait for the kernel. Default: the budget of the flow. */
  readonly budget?: ByteBudget;
  /**
   * Sets what happens to a datagram while 1 MiB waits for the kernel. `buffer` lets it wait. `drop` drops and counts it
   * (`overlimit`). `abort` ends the flow with `ERR_ECHO_OVERFLOW`. Default: `buffer`.
   */
  readonly whenFull?: 'buffer' | 'drop' | 'abort';
}

/** The part of a peer that only a server needs. */
export interface ServedPeer extends Peer {
  /** Keeps the socket open until the peer has ended its side, because a handler may send late. */
  keepOpen(): void;

  /**
   * Ends our side: FIN after the pending bytes. What the peer sends afterwards is read and discarded for `lingerMs`.
   */
  finish(): void;

  /** The reason why the server ended it, if neither the handler nor the peer did. */
  endReason: EndReason | undefined;

  /** Inserts stages before the sink, so that what a handler sends passes them. */
  plugIn(through: (peer: StagedPeer) => MonoTypeOperatorFunction<Buffer>): void;

  /** What the stages of the server share, for the stages of a handler. */
  environment: StageEnvironment | undefined;

  /**
   * Pairs this client of a relay with its server: the pending bytes of both count here, and `end` of this is followed
   * by `endAfterFin` of the other.
   */
  pairWith(server: ServedPeer): void;

  /** As `end`, but `lingerMs` after our FIN, so that the peer can still answer. */
  endAfterFin(): void;

  /** Emits views of the read buffer from now on; see `ConnectionOptions.reuseReadBuffer`. */
  reuseReadBuffer(): void;

  /** A number that differs when the peer has sent or taken bytes since. */
  readonly activity: number;
  /** Bytes that are written and wait for the kernel. */
  readonly unsentBytes: number;
  /** Whether something reads, or has read to the end. */
  readonly isRead: boolean;

  /**
   * Ends the connection at once: with a RST if bytes are pending, otherwise with a FIN, because a RST would discard
   * what the peer has not yet read.
   */
  destroy(): void;

  /**
   * Calls `then` when the connection ends with unsent bytes, while they still count, so that a relay can add both
   * sides.
   */
  onLoss(then: () => void): void;

  /** Calls `then` when the socket has closed or the flow has ended, or at once if it already has. */
  onClosed(then: () => void): void;
}

/** The part of a connection that only a server needs. */
export interface ServedConnection extends Connection, ServedPeer {
  readonly transport: 'tcp';
  /**
   * Whether the connection waits for its peer: it reads, or everything buffered is written. It is not idle while a
   * stage buffers bytes, while a closed budget pauses reading, or before it is first read.
   */
  readonly isIdle: boolean;
}

/** A TCP connection: a `Peer` whose bytes can also be pulled. */
export interface Connection extends Peer {
  readonly transport: 'tcp';
  /**
   * The bytes of `bytes$`, to pull: at most one read ahead. Use either this or `bytes$`, once: another subscription
   * errors with `ERR_ECHO_USED`.
   */
  readonly bytes: AsyncIterable<Buffer>;
}

/** The datagrams of one UDP peer, as a stream: each value is one datagram. */
export interface Flow extends Peer {
  readonly transport: 'udp';

  /** The write sink: sends each value as one datagram. See `Peer.writes`. */
  writes(options?: FlowWritesOptions): OperatorFunction<Uint8Array, never>;

  /** Emits and completes when the flow has ended. */
  readonly ended$: Observable<void>;
  /** Datagrams that `bytes$` emitted. */
  readonly datagramsIn: number;
  /** Datagrams that the kernel took for sending. */
  readonly datagramsOut: number;
}

/** The part of a flow that only a server needs. */
export interface ServedFlow extends Flow, ServedPeer {
  readonly transport: 'udp';
  writes(options?: FlowWritesOptions): OperatorFunction<Uint8Array, never>;
}

/** One received datagram. */
export interface Datagram {
  readonly data: Buffer;
  readonly local: Endpoint;
  readonly remote: Endpoint;

  /**
   * Sends one datagram to the source of this one when subscribed. Emits its length when the kernel has taken it, then
   * completes.
   *
   * If the system rejects the datagram, it is dropped and counted (`onDropped`), and the stream completes without a
   * value (docs/decisions/009).
   */
  reply(data: Uint8Array): Observable<number>;
}

/** The part of a datagram that only a server needs. */
export interface ServedDatagram extends Datagram, ReplyPath {
  /** The way back without the datagram, so that `data` can be collected while something sends later. */
  readonly replyPath: ReplyPath;
}

/** The way back to the source of a datagram. */
export interface ReplyPath {
  /**
   * Sends one datagram. Returns whether the kernel took it, or `undefined` if that is not known yet: then it has called
   * `owner.onPending`, and calls `owner.onSettled` later. A datagram that the system rejects is dropped and counted.
   */
  trySend(data: Uint8Array, owner: SendOwner): boolean | undefined;
  /** Whether the high-water mark of waiting datagrams is reached. */
  readonly full: boolean;
  /** Counts a datagram that is not sent. */
  drop(reason: DropReason, bytes: number): void;
  /** Keeps the socket open until `release` is called. */
  retain(): void;
  release(): void;
}

/** A datagram that the kernel did not take at once. Unsubscribing before it is taken drops it. */
export type PendingSend = Unsubscribable;

/** Called with the progress of datagrams that the kernel did not take at once. */
export interface SendOwner {
  onPending(send: PendingSend): void;
  onSettled(send: PendingSend, taken: boolean): void;
}

/** A connection that was accepted and closed at once. */
export interface RefusedConnection {
  readonly remote: Endpoint;
  readonly reason: RefusalReason;
}

/** A datagram that was received and is not answered. */
export interface DroppedDatagram {
  readonly remote: Endpoint;
  readonly reason: DropReason;
  readonly bytes: number;
}
