import { Observable, type Subscriber } from 'rxjs';
import { checkSource } from '../checkSource';
import { formatEndpoint, type Endpoint } from '../endpoint';
import { EchoError } from '../errors';
import { byteBudget, type ByteBudget, type Holder } from '../flow/byteBudget';
import { Inner } from '../flow/inner';
import { paced } from '../flow/paced';
import type { KernelQueue } from '../flow/kernelQueue';
import type { Datagram, Flow, ReplyPath } from '../peer';

/** What a flow tells the table that feeds it. */
interface FlowTelling {
  /** It ended by itself or failed: the next datagram of its peer is another flow's. */
  gone(): void;
  /** A stage has ended it, and its peer sends on. */
  drop(data: Buffer): void;
}

/** The datagrams of one peer as a stream; `flows` feeds it, and is told when it has ended. */
export class UdpFlow implements Flow {
  readonly transport = 'udp';
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly budget: ByteBudget;
  /** Nothing waits for one flow in the kernel: the socket is read for all of them. */
  readonly receiveQueue: KernelQueue<Buffer> = { capacity: 0, weigh: () => 1 };
  bytesIn = 0;
  bytesOut = 0;
  datagramsIn = 0;
  datagramsOut = 0;
  peerEnded = false;
  flushed = false;
  /** What a flow has yet to read is counted as owed. */
  readonly unread = false;
  #reader: Subscriber<Buffer> | undefined;
  #read = false;
  #sent = false;
  #sending: Subscriber<number> | undefined;
  #aborted: EchoError | undefined;
  #owedAtEnd: { readonly bytes: number; readonly frames: number } | undefined;
  readonly #replyPath: ReplyPath;
  readonly #waiting: Buffer[] = [];
  /** The account of `#waiting`. Without a mark: what waits is bounded by the pool, and is downstream of nobody. */
  readonly #unread: Holder;

  constructor(
    readonly id: number,
    first: Datagram,
    pool: Holder,
    private readonly table: FlowTelling,
  ) {
    this.local = first.local;
    this.remote = first.remote;
    // Not the datagram: a flow lives for minutes, and would keep the first 64 KB of each peer.
    this.#replyPath = first.replyPath;
    this.budget = byteBudget(pool);
    this.#unread = this.budget.holder(Infinity);
  }

  get bytesOwed(): number {
    return this.#owedAtEnd?.bytes ?? this.budget.heldBytes;
  }

  get framesOwed(): number {
    return this.#owedAtEnd?.frames ?? this.budget.heldFrames;
  }

  readonly bytes$ = new Observable<Buffer>((subscriber) => {
    if (this.#read) throw new EchoError('ERR_ECHO_USED', 'The `bytes$` of a flow can be used only once');
    this.#read = true;
    if (this.#aborted) throw this.#aborted;
    this.#reader = subscriber;
    // Not returned but added: a reader may leave at the first datagram that waited for it.
    subscriber.add(() => (this.#reader = undefined));
    this.#takeWaiting().forEach((data) => this.push(data));
    if (this.peerEnded) subscriber.complete();
  });

  /** One more datagram of the peer. */
  push(data: Buffer): void {
    if (this.#owedAtEnd || (this.#read && !this.#reader)) return this.table.drop(data);
    if (!this.#reader) return this.#wait(data);
    this.bytesIn += data.byteLength;
    this.datagramsIn += 1;
    this.#reader.next(data);
  }

  /** No more will come. */
  end(): void {
    this.peerEnded = true;
    this.#reader?.complete();
  }

  send(source: Observable<Uint8Array> | AsyncIterable<Uint8Array>): Observable<number> {
    checkSource(source);
    const { budget } = this;
    const pace = { isOpen: () => budget.open, eased$: budget.eased$ };
    const pushed = Symbol.asyncIterator in source ? paced(source, pace) : source;
    return new Observable((subscriber) => {
      if (this.#sent) throw new EchoError('ERR_ECHO_USED', 'The `send` of a flow can be used only once');
      this.#sent = true;
      if (this.#aborted) throw this.#aborted;
      this.#sending = subscriber;
      subscriber.add(() => this.#settle('gone'));
      this.#replyPath.send(pushed).subscribe(new Sent(this, subscriber));
    });
  }

  /** The kernel took one more datagram: so many bytes in all. */
  sent(bytes: number): void {
    this.datagramsOut += 1;
    this.bytesOut = bytes;
  }

  /** What was to be sent ended with an error, whatever that is. */
  sendFailed(error: unknown): void {
    this.#settle(isReset(error) ? 'ended by stage' : 'gone');
  }

  sentAll(): void {
    this.flushed = true;
    this.#settle(this.peerEnded ? 'gone' : 'ended by stage');
  }

  abort(error = aborted(this.remote)): void {
    this.#aborted = error;
    this.#settle('gone');
    this.#reader?.error(error);
    this.#sending?.error(error);
  }

  finish(): void {
    if (!this.#sent) this.sentAll();
  }

  cut(): void {
    this.#settle('gone');
  }

  onClosed(then: () => void): void {
    then();
  }

  #wait(data: Buffer): void {
    this.#waiting.push(data);
    this.#unread.charge(data.byteLength);
  }

  #takeWaiting(): Buffer[] {
    this.#unread.refund(this.#unread.heldBytes, this.#unread.heldFrames);
    return this.#waiting.splice(0);
  }

  #settle(end: FlowEnd): void {
    if (this.#owedAtEnd) return;
    this.#owedAtEnd = { bytes: this.budget.heldBytes, frames: this.budget.heldFrames };
    this.#takeWaiting();
    if (end === 'gone') this.table.gone();
  }
}

/** Keeps the account of what a flow has sent. */
class Sent extends Inner<number, number> {
  constructor(
    private readonly flow: UdpFlow,
    out: Subscriber<number>,
  ) {
    super(out);
  }

  next(bytes: number): void {
    this.flow.sent(bytes);
    this.out.next(bytes);
  }

  override error(error: unknown): void {
    this.flow.sendFailed(error);
    this.out.error(error);
  }

  override complete(): void {
    this.flow.sentAll();
    this.out.complete();
  }
}

/** How a flow left: by itself (an error of a stage, too), or ended on purpose by a stage, which its peer has to feel. */
type FlowEnd = 'gone' | 'ended by stage';

const aborted = (remote: Endpoint): EchoError =>
  new EchoError('ERR_ECHO_ABORTED', `The flow of ${formatEndpoint(remote)} was aborted on this side`, { remote });

const isReset = (error: unknown): boolean => error instanceof EchoError && error.code === 'ERR_ECHO_RESET';
