import type { Observable, Unsubscribable } from 'rxjs';
import type { Endpoint, Transport } from './endpoint';
import type { EchoError } from './errors';
import type { RefusalReason } from './refusalReason';
import type { DropReason } from './dropReason';
import type { ByteBudget } from './flow/byteBudget';
import type { KernelQueue } from './flow/kernelQueue';

/** Who a peer is, and what has moved for it: all that can be told of it to somebody else, another process too. */
export interface PeerAccount {
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
  readonly bytesOwed: number;
  /** As `bytesOwed`, in frames: for UDP, datagrams. */
  readonly framesOwed: number;
  /** Whether all that was owed is with the kernel, the FIN behind it. */
  readonly flushed: boolean;
  /** Whether nothing was being read though the peer had not ended its side: the kernel may hold what it sent. */
  readonly unread: boolean;
}

/** What the echo needs to know of whoever is at the other end: a TCP connection, or the datagrams of one UDP peer. */
export interface Peer extends PeerAccount {
  /** How much may be held on the way from `bytes$` to `send`. */
  readonly budget: ByteBudget;
  /** What the kernel may hold in front of `bytes$`: for `takeUntilDrained`. */
  readonly receiveQueue: KernelQueue<Buffer>;

  /**
   * What the peer sends, pushed: cold, single use, read only while the budget is open. What waits in `send` counts:
   * right for an echo; whoever sends one thing and reads another (a client, a relay) pulls `bytes` instead.
   *
   * Completes when the peer has ended its side. Errors with `ERR_ECHO_CONNECTION` when the peer reset the connection,
   * with `ERR_ECHO_USED` at a second subscription.
   */
  readonly bytes$: Observable<Buffer>;

  /**
   * Writes what `source` emits back to the peer, and emits the running total of bytes that the kernel has taken.
   *
   * When the source completes and nothing is owed any more the peer is told so (FIN), and the stream completes when
   * the connection is closed. Unsubscribing before that aborts (RST), and so does an error of the source.
   */
  send(source: Observable<Uint8Array> | AsyncIterable<Uint8Array>): Observable<number>;

  /** Ends at once (RST); what was held or owed is lost. `bytes$` and `send` error with `error`. */
  abort(error?: EchoError): void;

  /** Whether the peer has ended its side (FIN; a flow: it fell idle or the source ended). */
  readonly peerEnded: boolean;

  /** Ends our side: FIN behind what is on its way. What the peer still sends is read and discarded for `lingerMs`. */
  finish(): void;

  /** Ends at once. With RST, unless all is with the kernel already. */
  cut(): void;

  /** Calls `then` when the socket has closed, or the flow has ended; at once where it has. */
  onClosed(then: () => void): void;
}

/** A TCP connection: a `Peer` whose bytes can also be pulled. */
export interface Connection extends Peer {
  readonly transport: 'tcp';
  /**
   * The bytes of `bytes$`, pulled: nothing is read that is not asked for, but for one read ahead.
   * Either this or `bytes$`, once: another subscription errors with `ERR_ECHO_USED`.
   */
  readonly bytes: AsyncIterable<Buffer>;
  /** Another number whenever the peer has sent or taken bytes since; nothing else is to be read from it. */
  readonly moved: number;
  /** Whether it is for the peer to move: nothing waits for a stage, nor for room to read. */
  readonly waitsForPeer: boolean;
  /**
   * Completes `bytes$` (or `bytes`) as if the peer had ended its side, once all is read that the kernel had received: when
   * it was silent for 20 ms, twice. What is on its way is still sent. Called before the bytes are read, it is remembered.
   */
  end(): void;
}

/** The datagrams of one UDP peer, as a stream: each value is one whole datagram. */
export interface Flow extends Peer {
  readonly transport: 'udp';
  /** Datagrams that `bytes$` emitted. */
  readonly datagramsIn: number;
  /** Datagrams that the kernel took back. */
  readonly datagramsOut: number;
}

/** The way back to the source of a datagram. It outlives the datagram, and keeps nothing of it. */
export interface ReplyPath {
  /**
   * Sends each value as one datagram, and emits the running total of bytes; completes when the source has and the kernel
   * has taken all. The socket stays open while this is subscribed.
   */
  send(source: Observable<Uint8Array>): Observable<number>;
}

/** One received datagram. */
export interface Datagram extends ReplyPath {
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

  /**
   * `reply` at once and without an Observable, for a sink that answers thousands (`replyWith`): `hearer` is told what
   * became of it, later. Unsubscribed before that, the answer is cut.
   */
  answer(data: Uint8Array, hearer: AnswerHearer): Unsubscribable;

  /** The way back without the datagram, for one that sends on: `data` can be collected meanwhile. */
  readonly replyPath: ReplyPath;
}

/** A connection that was accepted, and at once closed. */
export interface RefusedConnection {
  readonly remote: Endpoint;
  readonly why: RefusalReason;
}

/** Who is told what became of an answer: how many bytes the kernel took, or nothing where it never will. */
export interface AnswerHearer {
  settled(bytes: number | undefined): void;
}

/** A datagram that was received and will not be answered. */
export interface DroppedDatagram {
  readonly remote: Endpoint;
  readonly reason: DropReason;
  readonly bytes: number;
}
