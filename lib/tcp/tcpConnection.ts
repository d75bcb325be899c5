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

/** How much a pull view reads ahead of what is pulled. */
const READ_AHEAD_BYTES = 64 * 1024;

export interface TcpConnectionOptions extends ConnectionOptions {
  /** The end on this side, where it is known: to ask the system is a call for each connection. Default: asked. */
  readonly local?: Endpoint | undefined;
  /**
   * Whether the connection closes after our FIN when `bytes` was not pulled for `lingerMs`. That of a client stays: it may
   * take its time with what comes back. Default: `true`.
   */
  readonly leavesIdleReader?: boolean;
}

/**
 * Makes a `Connection` of a connected socket, which must be paused, with `allowHalfOpen`.
 *
 * It does not keep the process alive until its bytes or its sink are subscribed.
 */
export const tcpConnection = (socket: Socket, id: number, options: TcpConnectionOptions = {}): ServedConnection =>
  new TcpConnection(socket, id, options);

/**
 * A socket with its source, its sink, its end and the account of its bytes. One object listens to the socket for all: at
 * thousands of connections it is objects that count.
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
  /** The other side of a relay. */
  #pair: ServedPeer | undefined;
  #linger: Subscription | undefined;
  /** Why the socket closed, where it did not close well. */
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
      // For the socket's whole life: source and sink learn of it at 'close'. Without a listener Node would end the process.
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
   * Read by a budget of its own: a client sends other bytes than it reads, and either direction waiting for the other would
   * end with both waiting for ever.
   */
  get bytes(): AsyncIterable<Buffer> {
    const ahead = byteBudget(this.budget.openAccount(undefined, 'aside'), this.#source);
    const { leavesIdleReader = true } = this.#options;
    // A handler that has answered and ended may have left its iterator where it was.
    const goesOn = (): boolean => !leavesIdleReader || view.wasPulled();
    const view = toAsyncIterable(this.#reads({ budget: ahead, reusesBuffer: false, goesOn }), () =>
      ahead.openAccount(READ_AHEAD_BYTES),
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
        // Before the source, which may emit at once: a sink that was left is written nothing more.
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
    // Its socket is its own.
  }

  finish(): void {
    if (this.#endsWriting) return;
    this.#endsWriting = true;
    // Not the callback of `end`, which also comes when the socket is destroyed before.
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
    // libuv refuses (EINVAL) to reset a socket that it is about to shut down, and Node would then never close it.
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

  /** Whether the kernel has all, the FIN behind it. */
  get #isFlushed(): boolean {
    return this.socket.writableFinished || this.#finIsOnItsWay;
  }

  /** From when the kernel has all until it has sent the FIN: a turn of the event loop. */
  get #finIsOnItsWay(): boolean {
    const { destroyed, writableEnded, writableLength, writableFinished } = this.socket;
    return writableEnded && writableLength === 0 && !writableFinished && !destroyed;
  }

  /** What is to be written, behind the stages that were plugged in. */
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
   * The source first: once the sink is told, there is no reader any more in an echo, and its stages would take what they have
   * for the whole.
   */
  #onClose(): void {
    this.#hasClosed = true;
    this.#settle();
    this.#source.onClose(this.#error ?? abortedError(this.remote));
    this.#sink?.onClose(this.#error);
    this.#onClosed?.();
  }

  /**
   * Reads on with no reader, from when nothing more will be written (not from the FIN: a peer that writes all before it reads
   * would wait for us for ever). Closing with unread input would reset the peer, and destroy what it has not read yet.
   */
  #discard(): void {
    this.socket.resume();
    if (this.socket.writableFinished) this.#startLinger();
  }

  #startLinger(): void {
    const { lingerMs = defaults.lingerMs } = this.#options;
    // With both sides ended Node closes the socket by itself. And a reader may leave after the end: no timer is to keep the
    // process alive then.
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

  /** Closes the account: what is unsent stays so. In a relay that lost nothing, the other side still has its bytes to send. */
  #settle(): void {
    this.#linger?.unsubscribe();
    // For what the kernel took in this turn no callback came yet.
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

/** What is not TCP cannot be reset: Node throws there. */
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

/** The error of a connection that was ended on this side before its end. */
const abortedError = (remote: Endpoint): EchoError =>
  new EchoError('ERR_ECHO_ABORTED', `The connection to ${formatEndpoint(remote)} was aborted on this side`, { remote });
