import type { MonoTypeOperatorFunction, Observable, OperatorFunction, Unsubscribable } from 'rxjs';
import type { Endpoint, Transport } from './endpoint';
import type { EchoError } from './errors';
import type { EndReason, RefusalReason, DropReason } from './reasons';
import type { ByteBudget, KernelQueue } from './budget';
import type { StageEnvironment, StagedPeer } from './stageEnvironment';

/** Who a peer is, and what has moved for it: all that can be told of it to somebody else, another process too. */
export interface PeerStats {
  readonly transport: Transport;
  /** The ordinal among the peers of this source, from 1. */
  readonly id: number;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Payload bytes that `bytes$` emitted. */
  readonly bytesIn: number;
  /** Payload bytes that the kernel took back. */
  readonly bytesOut: number;
  /** Payload bytes that were read, and neither taken by the kernel nor dropped by a stage; kept after the end. */
  readonly bytesPending: number;
  /** As `bytesPending`, in frames: for UDP, datagrams. */
  readonly framesPending: number;
  /** Whether all that was owed is with the kernel, the FIN behind it. */
  readonly flushed: boolean;
  /** Whether nothing was being read though the peer had not ended its side: the kernel may hold what it sent. */
  readonly unread: boolean;
}

/** What the echo needs to know of whoever is at the other end: a TCP connection, or the datagrams of one UDP peer. */
export interface Peer extends PeerStats {
  /** How much may be held on the way from `bytes$` to `writes`. */
  readonly budget: ByteBudget;
  /** What the kernel may hold in front of `bytes$`: for `takeUntilDrained`. */
  readonly receiveQueue: KernelQueue<Buffer>;

  /**
   * What the peer sends, pushed: cold, single use, read only while the budget is open. What waits in `writes` counts, which
   * is right for an echo. A client, that sends one thing and reads another, pulls `bytes` instead.
   *
   * Completes when the peer has ended its side. Errors with `ERR_ECHO_CONNECTION` when the peer reset the connection,
   * with `ERR_ECHO_USED` at a second subscription.
   */
  readonly bytes$: Observable<Buffer>;

  /**
   * The write sink: an operator that writes what its source emits to the peer, and emits nothing.
   *
   * When the source completes, our side ends (FIN) behind what is on its way, and what the peer still sends is read and
   * discarded for `lingerMs`, unless there is a reader. It completes when the connection is closed. An error of the source
   * resets the connection, since a FIN would make a truncated answer look whole; so does unsubscribing before the end. How
   * much the kernel has taken is `bytesOut`.
   *
   * Single use: another one errors with `ERR_ECHO_USED`.
   */
  writes(options?: WritesOptions): OperatorFunction<Uint8Array, never>;

  /** Ends at once (RST); what was held or owed is lost. `bytes$` and `writes` error with `error`. */
  abort(error?: EchoError): void;

  /**
   * Completes `bytes$` (or `bytes`) as if the peer had ended its side, once all is read that the kernel had received: when
   * it was silent for 20 ms, twice; a flow at once. What is on its way is still sent. Called before the bytes are read, it is
   * remembered.
   */
  end(): void;

  /** Whether the peer has ended its side (FIN; a flow: it fell idle or the source ended). */
  readonly peerClosed: boolean;
}

export interface WritesOptions {
  /** Where what waits to be written is charged: that of the source, which it pauses. Default: the connection's own. */
  readonly budget?: ByteBudget;
  /**
   * What becomes of a peer that does not take what it is sent, when 512 KiB wait for it. `buffer`: the source is paused, if
   * it reads under the budget. `abort`: the peer is reset, with `ERR_ECHO_OVERFLOW`; for a source that cannot wait, as a
   * broadcast. Default: `buffer`.
   */
  readonly whenFull?: 'buffer' | 'abort';
}

export interface FlowWritesOptions {
  /** Where a datagram is charged that waits for the kernel. Default: the flow's own. */
  readonly budget?: ByteBudget;
  /**
   * What becomes of a datagram while 1 MiB waits for the kernel. `buffer`: it waits, too. `drop`: it is dropped and counted
   * (`overlimit`). `abort`: the flow ends, with `ERR_ECHO_OVERFLOW`. Default: `buffer`.
   */
  readonly whenFull?: 'buffer' | 'drop' | 'abort';
}

/** What a server needs of a peer, and a user does not. */
export interface ServedPeer extends Peer {
  /** Keeps the socket open until the peer has ended: a handler is at work, and may send late. */
  keepOpen(): void;

  /** Ends our side: FIN behind what is on its way. What the peer still sends is read and discarded for `lingerMs`. */
  finish(): void;

  /** Why it was ended on this side, where neither the handler nor the peer says so. */
  endReason: EndReason | undefined;

  /** Composes the stages into `writes`: what a handler sends passes them. */
  plugIn(through: (peer: StagedPeer) => MonoTypeOperatorFunction<Buffer>): void;

  /** What the stages of its server share, for those of a handler. */
  environment: StageEnvironment | undefined;

  /**
   * Makes this the client's side of a relay, and `server` the other: `bytesPending` and the like are those of both, and its
   * `end` is followed by `endAfterFin` of the other.
   */
  pairWith(server: ServedPeer): void;

  /** As `end`, but `lingerMs` after our FIN: what the peer has to say to what it was sent comes meanwhile. */
  endAfterFin(): void;

  /** Lends chunks of `bytes$` from now on; see `ConnectionOptions.reuseReadBuffer`. */
  reuseReadBuffer(): void;

  /** Another number whenever the peer has sent or taken bytes since. */
  readonly activity: number;
  /** What is written and waits for the kernel to take it, in bytes. */
  readonly unsentBytes: number;
  /** Whether a reader came that still reads, or has read to an end. */
  readonly isRead: boolean;

  /** Ends at once. With RST, unless all is with the kernel already: an RST would destroy what the peer has yet to read. */
  destroy(): void;

  /** Calls `then` when it ends before all is sent, while what is unsent still counts: the other side of a relay sums up. */
  onLoss(then: () => void): void;

  /** Calls `then` when the socket has closed, or the flow has ended; at once where it has. */
  onClosed(then: () => void): void;
}

/** A connection with what a server needs of it. */
export interface ServedConnection extends Connection, ServedPeer {
  readonly transport: 'tcp';
  /**
   * Whether it is for the peer to move: we would read, or all that is held is written and waits for the peer to take it.
   * What a stage holds, what a full pool keeps us from reading, and a connection that was yet to be read wait for us.
   */
  readonly isIdle: boolean;
}

/** A TCP connection: a `Peer` whose bytes can also be pulled. */
export interface Connection extends Peer {
  readonly transport: 'tcp';
  /**
   * The bytes of `bytes$`, pulled: nothing is read that is not asked for, but for one read ahead.
   * Either this or `bytes$`, once: another subscription errors with `ERR_ECHO_USED`.
   */
  readonly bytes: AsyncIterable<Buffer>;
}

/** The datagrams of one UDP peer, as a stream: each value is one whole datagram. */
export interface Flow extends Peer {
  readonly transport: 'udp';

  /** The write sink: sends each value as one datagram; see `Peer.writes`. */
  writes(options?: FlowWritesOptions): OperatorFunction<Uint8Array, never>;

  /** Emits and completes when the flow has ended. */
  readonly ended$: Observable<void>;
  /** Datagrams that `bytes$` emitted. */
  readonly datagramsIn: number;
  /** Datagrams that the kernel took back. */
  readonly datagramsOut: number;
}

/** A flow with what a server needs of it. */
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
   * Sends one datagram to where this one came from, when subscribed; emits its length when the kernel has taken it,
   * then completes.
   *
   * An answer that the system refuses is dropped and counted (`onDropped`), and the stream completes without a value:
   * one address without a route is no reason to end a server.
   */
  reply(data: Uint8Array): Observable<number>;
}

/** A datagram with what a server needs of it. */
export interface ServedDatagram extends Datagram, ReplyPath {
  /** The way back without the datagram, for one that sends on: `data` can be collected meanwhile. */
  readonly replyPath: ReplyPath;
}

/** The way back to the source of a datagram. */
export interface ReplyPath {
  /**
   * Sends one datagram. Returns whether the kernel took it; `undefined` where it says so later: then it has called
   * `owner.onPending`, and calls `owner.onSettled`. What the system refuses is dropped and counted.
   */
  trySend(data: Uint8Array, owner: SendOwner): boolean | undefined;
  /** Whether as much waits for the kernel as may. */
  readonly full: boolean;
  /** Counts a datagram that is not sent. */
  drop(reason: DropReason, bytes: number): void;
  /** Keeps the socket open until `release`. */
  retain(): void;
  release(): void;
}

/** One datagram that the kernel did not take at once. Unsubscribed before it is taken, it is cut. */
export type PendingSend = Unsubscribable;

/** Called with what becomes of datagrams that the kernel did not take at once. */
export interface SendOwner {
  onPending(send: PendingSend): void;
  onSettled(send: PendingSend, taken: boolean): void;
}

/** A connection that was accepted, and at once closed. */
export interface RefusedConnection {
  readonly remote: Endpoint;
  readonly reason: RefusalReason;
}

/** A datagram that was received and will not be answered. */
export interface DroppedDatagram {
  readonly remote: Endpoint;
  readonly reason: DropReason;
  readonly bytes: number;
}
