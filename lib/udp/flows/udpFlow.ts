import { Observable, Subject, type MonoTypeOperatorFunction, type OperatorFunction, type Subscriber } from 'rxjs';
import { formatEndpoint, type Endpoint } from '../../endpoint';
import { EchoError } from '../../errors';
import type { EndReason } from '../../reasons';
import type { ByteBudget, BudgetAccount, KernelQueue } from '../../budget';
import { byteBudget } from '../../backpressure/byteBudget';
import type { StageEnvironment, StagedPeer } from '../../stageEnvironment';
import type { FlowWritesOptions, ReplyPath, ServedDatagram, ServedFlow, ServedPeer } from '../../peer';
import { FlowSink, type FlowSinkOwner } from './flowSink';
import type { LruNode } from './lruList';

/** What a flow needs of its table. */
export interface FlowOwner {
  nowMs(): number;
  /** The flow has ended or failed: the next datagram of its peer opens another one. */
  remove(flow: UdpFlow): void;
  /** A stage has ended the flow, and its peer continues to send. */
  dropped(flow: UdpFlow, data: Buffer): void;
  /** The flow receives no more: ends it after its last replies had time to leave. */
  endLater(flow: UdpFlow): void;
}

/** A flow in the table, with the time of its last datagram in or out. */
export interface FlowEntry extends LruNode<FlowEntry> {
  readonly byPeer: Map<number | string, FlowEntry>;
  readonly key: number | string;
  readonly flow: UdpFlow;
  activeAtMs: number;
}

/** The kernel has no queue for one flow: the socket is read for all of them. */
const NO_QUEUE: KernelQueue<Buffer> = { capacity: 0, sizeOf: () => 1 };

/** The datagrams of one peer as a stream; `flows` feeds it. */
export class UdpFlow implements ServedFlow, FlowSinkOwner {
  readonly transport = 'udp';
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly budget: ByteBudget;
  readonly replyPath: ReplyPath;
  readonly receiveQueue = NO_QUEUE;
  bytesIn = 0;
  bytesOut = 0;
  datagramsIn = 0;
  datagramsOut = 0;
  peerClosed = false;
  flushed = false;
  endReason: EndReason | undefined;
  environment: StageEnvironment | undefined;
  /** Datagrams that wait for a reader count as pending. */
  readonly unread = false;
  /** The time of the last datagram that was not sent within the receipt of another one. */
  sentAtMs = -Infinity;
  #isReceiving = false;
  /** Its entry in the table. */
  entry: FlowEntry | undefined;
  #reader: Subscriber<Buffer> | undefined;
  #wasRead = false;
  #sinkOut: Subscriber<never> | undefined;
  #sink: FlowSink | undefined;
  #wasSent = false;
  #through: Parameters<ServedPeer['plugIn']>[0] | undefined;
  #aborted: EchoError | undefined;
  #final: { readonly bytes: number; readonly frames: number } | undefined;
  #ended$: Subject<void> | undefined;
  #isKeptOpen = false;
  #waiting: Buffer[] | undefined;
  /** The other side of a relay. */
  #pair: ServedPeer | undefined;
  /**
   * The account of `#waiting`. It has no mark of its own, because the shared budget limits what waits, and no account
   * is downstream of it.
   */
  #unread: BudgetAccount | undefined;

  constructor(
    readonly id: number,
    { local, remote, replyPath }: Pick<ServedDatagram, 'local' | 'remote' | 'replyPath'>,
    sharedBudget: BudgetAccount,
    private readonly owner: FlowOwner,
  ) {
    this.local = local;
    this.remote = remote;
    // Not the datagram, because a flow lives for minutes, and would keep a buffer of 64 KB.
    this.replyPath = replyPath;
    this.budget = byteBudget(sharedBudget);
  }

  get bytesPending(): number {
    return this.#final?.bytes ?? this.#owedBytes;
  }

  get framesPending(): number {
    return this.#final?.frames ?? this.#owedFrames;
  }

  get bytes$(): Observable<Buffer> {
    return new Observable((reader) => {
      if (this.#wasRead) throw new EchoError('ERR_ECHO_USED', 'The `bytes$` of a flow can be used only once');
      this.#wasRead = true;
      if (this.#aborted) throw this.#aborted;
      this.#reader = reader;
      this.readingStarted();
      // Added, not returned: a reader may leave at the first datagram that waited for it.
      reader.add(() => {
        this.#reader = undefined;
        this.readingStopped();
      });
      this.#takeWaiting().forEach((data) => this.push(data));
      if (this.peerClosed) reader.complete();
    });
  }

  get ended$(): Observable<void> {
    const ended$ = (this.#ended$ ??= new Subject());
    if (this.#final && !ended$.closed) {
      return new Observable((subscriber) => (subscriber.next(), subscriber.complete()));
    }
    return ended$;
  }

  get activity(): number {
    return this.datagramsIn + this.datagramsOut;
  }

  get unsentBytes(): number {
    return this.#sink?.account.bufferedBytes ?? 0;
  }

  get isRead(): boolean {
    return this.#wasRead;
  }

  writes({ whenFull = 'buffer', budget = this.budget }: FlowWritesOptions = {}): OperatorFunction<Uint8Array, never> {
    return (source) =>
      new Observable((out) => {
        if (this.#wasSent) throw new EchoError('ERR_ECHO_USED', 'A flow has one sink: `writes` was used already');
        this.#wasSent = true;
        if (this.#aborted) throw this.#aborted;
        this.#sinkOut = out;
        const sink = new FlowSink(this, out, whenFull, budget);
        this.#sink = sink;
        // Before the source, which may emit synchronously.
        out.add(sink);
        const { transport, id, remote } = this;
        const staged = this.#through?.({ transport, id, remote, budget })(source as Observable<Buffer>);
        (staged ?? source).subscribe(sink);
      });
  }

  /** Receives another datagram of the peer. */
  push(data: Buffer): void {
    if (this.#final || (this.#wasRead && !this.#reader)) return this.owner.dropped(this, data);
    if (!this.#reader) return this.#wait(data);
    this.bytesIn += data.byteLength;
    this.datagramsIn += 1;
    this.#isReceiving = true;
    this.#reader.next(data);
    this.#isReceiving = false;
  }

  /** No more datagrams follow. */
  end(): void {
    if (this.peerClosed) return;
    this.peerClosed = true;
    this.#reader?.complete();
    this.#pair?.endAfterFin();
  }

  abort(error = abortedError(this.remote)): void {
    this.#aborted = error;
    this.settle('gone');
    this.#reader?.error(error);
    this.#sinkOut?.error(error);
  }

  onLoss(): void {
    // Lost datagrams count as dropped, not as pending.
  }

  pairWith(server: ServedPeer): void {
    this.#pair = server;
    if (this.peerClosed) server.endAfterFin();
  }

  /** A flow has no FIN, so the peer's answers to the last datagram are awaited as long. */
  endAfterFin(): void {
    this.owner.endLater(this);
  }

  reuseReadBuffer(): void {
    // Each datagram has a buffer of its own.
  }

  plugIn(through: (peer: StagedPeer) => MonoTypeOperatorFunction<Buffer>): void {
    this.#through = through;
  }

  keepOpen(): void {
    if (this.#final || this.#isKeptOpen) return;
    this.#isKeptOpen = true;
    this.replyPath.retain();
  }

  finish(): void {
    if (!this.#wasSent) this.sendingCompleted();
  }

  destroy(): void {
    this.settle('gone');
  }

  onClosed(then: () => void): void {
    then();
  }

  protected get hasReader(): boolean {
    return this.#reader !== undefined;
  }

  protected readingStarted(): void {
    // The socket is read for all flows.
  }

  /** The reader has left. */
  protected readingStopped(): void {
    // The flow stays for its sink.
  }

  sent(bytes: number): void {
    if (!this.#isReceiving) this.sentAtMs = this.owner.nowMs();
    this.datagramsOut += 1;
    this.bytesOut += bytes;
  }

  sendingFailed(error: unknown): void {
    this.settle(isReset(error) ? 'ended by stage' : 'gone');
  }

  sendingCompleted(): void {
    this.flushed = true;
    this.settle(this.peerClosed ? 'gone' : 'ended by stage');
  }

  // Without what waits for the kernel, which counts as dropped if it is aborted.
  get #owedBytes(): number {
    return this.budget.bufferedBytes + (this.#pair?.budget.bufferedBytes ?? 0) - this.unsentBytes;
  }

  get #owedFrames(): number {
    return (
      this.budget.bufferedFrames + (this.#pair?.budget.bufferedFrames ?? 0) - (this.#sink?.account.bufferedFrames ?? 0)
    );
  }

  #wait(data: Buffer): void {
    (this.#waiting ??= []).push(data);
    (this.#unread ??= this.budget.openAccount(Infinity, 'aside')).charge(data.byteLength);
  }

  #takeWaiting(): Buffer[] {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#unread?.release();
    this.#unread = undefined;
    return waiting;
  }

  protected settle(end: FlowEnd): void {
    if (this.#final) return;
    this.#final = { bytes: this.#owedBytes, frames: this.#owedFrames };
    this.#takeWaiting();
    if (this.#isKeptOpen) this.replyPath.release();
    if (end === 'gone') this.owner.remove(this);
    this.#ended$?.next();
    this.#ended$?.complete();
  }
}

/**
 * How a flow ended: by itself (or by an error of a stage), or by a stage on purpose, so that its peer is not served
 * again at once.
 */
type FlowEnd = 'gone' | 'ended by stage';

const abortedError = (remote: Endpoint): EchoError =>
  new EchoError('ERR_ECHO_ABORTED', `The flow of ${formatEndpoint(remote)} was aborted on this side`, { remote });

const isReset = (error: unknown): boolean => error instanceof EchoError && error.code === 'ERR_ECHO_RESET';
