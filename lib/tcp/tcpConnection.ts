import type { Socket } from 'node:net';
import {
  interval,
  Observable,
  type MonoTypeOperatorFunction,
  type OperatorFunction,
  timer,
  type SchedulerLike,
  type Subscription,
} from 'rxjs';
import { formatEndpoint, stripV4Mapped, type Endpoint } from '../endpoint';
import { EchoError } from '../errors';
import type { EndReason } from '../reasons';
import type { ByteBudget, ParentBudget, KernelQueue } from '../budget';
import { byteBudget } from '../backpressure/byteBudget';
import { toAsyncIterable } from '../backpressure/toAsyncIterable';
import type { StageEnvironment, StagedPeer } from '../stageEnvironment';
import { defaults, type ConnectionOptions } from '../options';
import type { ServedConnection, ServedPeer, WritesOptions } from '../peer';
import { installOnread } from './native/installOnread';
import { remoteEndpoint } from './native/remoteEndpoint';
import { nativeHandle } from './native/nativeHandle';
import { receiveQueue } from './queues/receiveQueue';
import { TcpSink, type SinkOwner } from './tcpSink';
import { TcpSource, type Reading, type SourceOwner } from './tcpSource';

/** Limits what `bytes` reads ahead of its consumer, in bytes. */
const READ_AHEAD_BYTES = 64 * 1024;

export interface TcpConnectionOptions extends ConnectionOptions {
  /** Sets the local endpoint, which saves a system call. Default: read from the socket. */
  readonly local?: Endpoint | undefined;
  /**
   * Enables closing after our FIN if `bytes` was not pulled for `lingerMs`. A client disables it, because it may take
   * its time to read the reply. Default: `true`.
   */
  readonly leavesIdleReader?: boolean;
}

/**
 * Creates a `Connection` from a connected socket.
 *
 * The socket must be paused, with `allowHalfOpen`. It does not keep the process alive until its bytes or its sink are
 * subscribed.
 */
export const tcpConnection = (socket: Socket, id: number, options: TcpConnectionOptions = {}): ServedConnection =>
  new TcpConnection(socket, id, options);

/**
 * Combines a socket with its source, its sink and its statistics.
 *
 * One object handles all events of the socket, to save memory with thousands of connections.
 */
class TcpConnection implements ServedConnection, SourceOwner, SinkOwner {
  readonly transport = 'tcp';
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly budget: ByteBudget;
  readonly scheduler: SchedulerLike;
  readonly sharedBudget: ParentBudget | undefined;
  endReason: EndReason | undefined;
  environment: StageEnvironment | undefined;
  readonly #options: TcpConnectionOptions;
  readonly #source: TcpSource;
  #through: Parameters<ServedPeer['plugIn']>[0] | undefined;
  #sink: TcpSink | undefined;
  #endsWriting = false;
  #endsAfterFin = false;
  #lends: boolean;
  /** The server's side, if this is the client's side of a relay. */
  #pair: ServedPeer | undefined;
  #linger: Subscription | undefined;
  /** The error that closed the socket, if any. */
  #error: EchoError | undefined;
  #hasClosed = false;
  #onClosed: (() => void) | undefined;
  #onLoss: (() => void) | undefined;
  #final: Pick<ServedConnection, 'bytesPending' | 'framesPending' | 'flushed' | 'unread'> | undefined;

  constructor(
    readonly socket: Socket,
    readonly id: number,
    options: TcpConnectionOptions,
  ) {
    this.#options = options;
    this.#lends = options.reuseReadBuffer ?? false;
    this.scheduler = options.scheduler ?? defaults.scheduler;
    this.sharedBudget = options.sharedBudget;
    this.local = options.local ?? localEndpoint(socket);
    this.remote = remoteEndpoint(socket);
    this.#source = new TcpSource(this);
    this.budget = byteBudget(options.sharedBudget, this.#source);
    installOnread(socket, this.#source);
    socket
      // Stays for the socket's whole life, because Node ends the process on an 'error' without a listener. Source and
      // sink receive the error at 'close'.
      .on('error', (cause: NodeJS.ErrnoException) => {
        const message = `The connection to ${formatEndpoint(this.remote)} broke: ${cause.message}`;
        this.#error ??= new EchoError('ERR_ECHO_CONNECTION', message, { cause, remote: this.remote });
      })
      .on('end', () => this.#source.onEnd())
      .on('close', () => this.#onClose())
      .unref();
  }

  get bytes$(): Observable<Buffer> {
    return this.#reads({ budget: this.budget, reusesBuffer: this.#lends });
  }

  /**
   * Pulls the bytes under a budget of their own.
   *
   * A client sends other bytes than it reads. With one budget, each direction could wait for the other for ever.
   */
  get bytes(): AsyncIterable<Buffer> {
    const readAhead = byteBudget(this.budget.openAccount(undefined, 'aside'), this.#source);
    const { leavesIdleReader = true } = this.#options;
    // A handler that has ended may have abandoned its iterator without `return()`.
    const goesOn = (): boolean => !leavesIdleReader || view.wasPulled();
    const view = toAsyncIterable(this.#reads({ budget: readAhead, reusesBuffer: false, goesOn }), () =>
      readAhead.openAccount(READ_AHEAD_BYTES),
    );
    return view;
  }

  get receiveQueue(): KernelQueue<Buffer> {
    return receiveQueue(this.#source, this.scheduler);
  }

  writes(options: WritesOptions = {}): OperatorFunction<Uint8Array, never> {
    return (source) =>
      new Observable((out) => {
        if (this.#sink) throw new EchoError('ERR_ECHO_USED', 'A connection has one sink: `writes` was used already');
        const sink = new TcpSink(this, out, options);
        this.#sink = sink;
        this.socket.ref();
        // Before the source is subscribed, which may emit at once: an unsubscribed sink must receive nothing more.
        out.add(sink);
        if (this.#hasClosed) sink.onClose(this.#error);
        else this.#staged(source, options.budget).subscribe(sink);
      });
  }

  get bytesIn(): number {
    return this.#source.bytesIn;
  }

  get bytesOut(): number {
    return this.#sink?.bytesOut ?? 0;
  }

  get bytesPending(): number {
    return this.#final?.bytesPending ?? this.budget.bufferedBytes + (this.#pair?.budget.bufferedBytes ?? 0);
  }

  get framesPending(): number {
    return this.#final?.framesPending ?? this.budget.bufferedFrames + (this.#pair?.budget.bufferedFrames ?? 0);
  }

  get flushed(): boolean {
    return this.#final?.flushed ?? (this.#isFlushed && this.#pair?.flushed !== false);
  }

  get unread(): boolean {
    if (this.#final) return this.#final.unread;
    return (!this.peerClosed && !this.isRead && this.unsentBytes === 0) || this.#pair?.unread === true;
  }

  get peerClosed(): boolean {
    return this.#source.peerClosed;
  }

  get isIdle(): boolean {
    const { bytesPending, unsentBytes } = this;
    const unsent = unsentBytes + (this.#pair?.unsentBytes ?? 0);
    return bytesPending === unsent && (bytesPending > 0 || (this.isRead && this.#pair?.isRead !== false));
  }

  get activity(): number {
    const queuedBytes = nativeHandle(this.socket)?.writeQueueSize ?? 0;
    return this.bytesIn + this.bytesOut - queuedBytes + (this.#pair?.activity ?? 0);
  }

  get unsentBytes(): number {
    return this.#sink?.account.bufferedBytes ?? 0;
  }

  get isRead(): boolean {
    return this.#source.isRead;
  }

  reuseReadBuffer(): void {
    this.#lends = true;
  }

  pairWith(server: ServedPeer): void {
    this.#pair = server;
    server.onLoss(() => this.#freeze());
    if (this.#source.endsReading) server.endAfterFin();
  }

  plugIn(through: (peer: StagedPeer) => MonoTypeOperatorFunction<Buffer>): void {
    this.#through = through;
  }

  end(): void {
    this.#source.end();
    this.#pair?.endAfterFin();
  }

  endAfterFin(): void {
    this.#endsAfterFin = true;
    if (this.socket.writableFinished) this.#startLinger();
  }

  keepOpen(): void {
    // Each connection has its own socket.
  }

  finish(): void {
    if (this.#endsWriting) return;
    this.#endsWriting = true;
    // Not the callback of `end`, which Node also calls if the socket is destroyed before it finishes.
    this.socket.once('finish', () => this.#startLinger());
    this.socket.end();
    if (!this.#source.hasReader) this.#discard();
  }

  destroy(): void {
    if (this.socket.destroyed) return;
    this.#settle();
    if (this.#isFlushed) this.socket.destroy();
    else this.abort();
  }

  abort(error = abortedError(this.remote)): void {
    if (this.socket.destroyed) return;
    this.#settle();
    this.#error ??= error;
    const resetNow = (): void => reset(this.socket);
    // libuv fails (EINVAL) to reset a socket with a pending shutdown, and Node would then never close it.
    if (this.#finIsOnItsWay) this.socket.once('finish', resetNow);
    else resetNow();
  }

  onLoss(then: () => void): void {
    this.#onLoss = then;
  }

  onClosed(then: () => void): void {
    if (this.#hasClosed) then();
    else this.#onClosed = then;
  }

  readingStopped(): void {
    if (this.#endsWriting) this.#discard();
    else this.socket.pause();
  }

  /** Whether the kernel has taken all bytes, and the FIN has been sent or is next. */
  get #isFlushed(): boolean {
    return this.socket.writableFinished || this.#finIsOnItsWay;
  }

  /** Whether the kernel has taken all bytes and the FIN is next. This lasts a turn of the event loop. */
  get #finIsOnItsWay(): boolean {
    const { destroyed, writableEnded, writableLength, writableFinished } = this.socket;
    return writableEnded && writableLength === 0 && !writableFinished && !destroyed;
  }

  /** Returns `source` piped through the stages that were plugged in. */
  #staged(source: Observable<Uint8Array>, budget = this.budget): Observable<Uint8Array> {
    const { transport, id, remote } = this;
    return this.#through?.({ transport, id, remote, budget })(source as Observable<Buffer>) ?? source;
  }

  #reads(reading: Reading): Observable<Buffer> {
    return new Observable((reader) => {
      this.#source.read(reader, reading);
      reader.add(() => this.#source.stop());
      this.socket.ref();
      if (this.#hasClosed) this.#source.onClose(this.#error ?? abortedError(this.remote));
    });
  }

  /**
   * Notifies the source of the close before the sink.
   *
   * Notifying the sink first would unsubscribe the reader of an echo before the reader receives the error. Its stages
   * would then treat truncated input as complete.
   */
  #onClose(): void {
    this.#hasClosed = true;
    this.#settle();
    this.#source.onClose(this.#error ?? abortedError(this.remote));
    this.#sink?.onClose(this.#error);
    this.#onClosed?.();
  }

  /**
   * Reads and discards what the peer still sends.
   *
   * This starts when nothing more will be written. To wait for our FIN instead could deadlock with a peer that writes
   * everything before it reads. To close with unread input would reset the connection, and destroy what the peer has
   * not read yet.
   */
  #discard(): void {
    this.socket.resume();
    if (this.socket.writableFinished) this.#startLinger();
  }

  #startLinger(): void {
    const { lingerMs = defaults.lingerMs } = this.#options;
    // Node closes the socket itself when both sides have ended. A reader may also leave after the connection has ended;
    // a timer must not keep the process alive then.
    if (this.socket.readableEnded || this.socket.destroyed || this.#final || this.#linger) return;
    if (this.#source.readsForGood) {
      if (this.#endsAfterFin) this.#endLater(lingerMs);
      return;
    }
    this.#linger = interval(lingerMs, this.scheduler).subscribe(() => {
      if (!this.#source.goesOn()) this.socket.destroy();
    });
  }

  #endLater(ms: number): void {
    this.#linger = timer(ms, this.scheduler).subscribe(() => {
      this.#linger = undefined;
      this.#source.end();
    });
  }

  /**
   * Freezes the statistics, so that unsent bytes keep counting as pending.
   *
   * A relay without loss is not frozen yet, because its other side still has bytes to send.
   */
  #settle(): void {
    this.#linger?.unsubscribe();
    // Node may not yet have called back for bytes that the kernel took in this turn.
    this.#sink?.book(0);
    const isWhole = this.#error === undefined && this.#isFlushed && this.unsentBytes === 0;
    if (!isWhole) this.#onLoss?.();
    if (!isWhole || !this.#pair) this.#freeze();
    this.#sink?.settle();
  }

  #freeze(): void {
    const { bytesPending, framesPending, flushed, unread } = this;
    this.#final ??= { bytesPending, framesPending, flushed, unread };
  }
}

/** Resets a TCP socket, and destroys any other, for which Node throws. */
const reset = (socket: Socket): void => {
  try {
    socket.resetAndDestroy();
  } catch {
    socket.destroy();
  }
};

const localEndpoint = ({ localAddress = '', localPort: port = 0 }: Socket): Endpoint => ({
  host: stripV4Mapped(localAddress),
  port,
});

/** Returns the error of a connection that was aborted on this side. */
const abortedError = (remote: Endpoint): EchoError =>
  new EchoError('ERR_ECHO_ABORTED', `The connection to ${formatEndpoint(remote)} was aborted on this side`, { remote });
