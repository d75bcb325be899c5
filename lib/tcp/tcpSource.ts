import type { Socket } from 'node:net';
import { interval, type SchedulerLike, type Subscriber } from 'rxjs';
import { EchoError } from '../errors';
import type { ByteBudget, BudgetListener, ParentBudget, KernelQueue } from '../budget';
import { Quietness } from '../backpressure/quietness';
import { retain } from '../streams/retain';
import { emitRead } from './endOfTurn';
import type { ChunkListener } from './native/installOnread';
import { QUIET_MS } from './queues/receiveQueue';

/** How a reader wants a connection to be read. */
export interface Reading {
  /** Reading pauses while this budget is closed. */
  readonly budget: ByteBudget;
  /** Whether chunks are overwritten once `next` has returned. Otherwise the reader owns them. */
  readonly reusesBuffer: boolean;
  /**
   * Returns whether the reader still reads after our FIN. Called after each `lingerMs`. Default: until the reader
   * leaves.
   */
  readonly goesOn?: () => boolean;
}

/** What a source needs from its connection. */
export interface SourceOwner {
  readonly socket: Socket;
  readonly scheduler: SchedulerLike;
  /** Reading pauses while this budget is closed, too. */
  readonly sharedBudget: ParentBudget | undefined;
  readonly receiveQueue: KernelQueue<Buffer>;
  /** Called when the reader has left. */
  readingStopped(): void;
}

/** Reads a socket for one reader, and pauses while a budget is closed. */
export class TcpSource implements ChunkListener, BudgetListener {
  bytesIn = 0;
  /** Whether the peer ended its side while a reader was subscribed. */
  peerClosed = false;
  #wasRead = false;
  #reader: Subscriber<Buffer> | undefined;
  #reading: Reading | undefined;
  /** Whether `end` was called. */
  endsReading = false;
  /** Decides when all is read that the kernel had received before `end`. */
  #quietness: Quietness<Buffer> | undefined;

  constructor(private readonly owner: SourceOwner) {}

  get hasReader(): boolean {
    return this.#reader !== undefined;
  }

  /** Whether a reader is subscribed and not paused, or has left. */
  get isRead(): boolean {
    return this.#wasRead && (this.open || !this.hasReader);
  }

  /** Whether both budgets are open. */
  get open(): boolean {
    return this.#reading?.budget.open !== false && this.owner.sharedBudget?.open !== false;
  }

  /** Whether a reader is subscribed that reads on after our FIN without a time limit. */
  get readsForGood(): boolean {
    return this.hasReader && this.#reading?.goesOn === undefined;
  }

  /** Returns whether the reader still reads after our FIN, judged by its pulls since the last call. */
  goesOn(): boolean {
    return this.readsForGood || this.#reading?.goesOn?.() === true;
  }

  /** Starts reading for `reader`. @throws `ERR_ECHO_USED` at a second call. */
  read(reader: Subscriber<Buffer>, reading: Reading): void {
    if (this.#wasRead) {
      throw new EchoError('ERR_ECHO_USED', 'The bytes of a connection can be read only once');
    }
    this.#wasRead = true;
    this.#reader = reader;
    this.#reading = reading;
    this.owner.sharedBudget?.add(this);
    this.onChange();
    if (this.endsReading) this.#drain();
  }

  /** Called when the reader has left. */
  stop(): void {
    this.#reader = undefined;
    this.#reading = undefined;
    this.owner.sharedBudget?.delete(this);
    this.owner.readingStopped();
  }

  /**
   * Completes the reader as the peer's FIN would.
   *
   * Everything that the kernel had received is read first. Before the first reader, the call is remembered.
   */
  end(): void {
    if (this.endsReading) return;
    this.endsReading = true;
    this.#drain();
  }

  onChunk(chunk: Buffer): void {
    if (this.#reader !== undefined) emitRead(this, chunk);
  }

  onRead(chunk: Buffer): void {
    if (this.#reader === undefined) return;
    this.bytesIn += chunk.byteLength;
    this.#reader.next(this.#reading?.reusesBuffer ? chunk : retain(chunk));
    if (this.#quietness?.passed(chunk)) this.#reader?.complete();
  }

  /** Called when the peer has ended its side. */
  onEnd(): void {
    if (this.#reader === undefined) return;
    this.peerClosed = true;
    this.#reader.complete();
  }

  /** Called when the socket has closed. */
  onClose(error: EchoError): void {
    this.#reader?.error(error);
  }

  /** Called when one of the two budgets has opened or closed. */
  onChange(): void {
    if (this.#reader === undefined) return;
    if (this.open) this.owner.socket.resume();
    else this.owner.socket.pause();
  }

  #drain(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const { receiveQueue, scheduler } = this.owner;
    const quietness = new Quietness(receiveQueue);
    this.#quietness = quietness;
    reader.add(interval(QUIET_MS, scheduler).subscribe(() => quietness.onTick() && reader.complete()));
  }
}
