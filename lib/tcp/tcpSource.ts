import type { Socket } from 'node:net';
import { interval, type SchedulerLike, type Subscriber } from 'rxjs';
import { EchoError } from '../errors';
import type { ByteBudget, BudgetListener, ParentBudget, KernelQueue } from '../budget';
import { Quietness } from '../backpressure/quietness';
import { retain } from '../streams/retain';
import { emitRead } from './endOfTurn';
import type { ChunkListener } from './native/installOnread';
import { QUIET_MS } from './queues/receiveQueue';

/** How a connection is read. */
export interface Reading {
  /** What is read is emitted while it is open. */
  readonly budget: ByteBudget;
  /** Whether chunks are lent; otherwise they are the reader's own. */
  readonly reusesBuffer: boolean;
  /** Whether the reader still reads after our FIN; asked after each `lingerMs`. Default: for as long as it is there. */
  readonly goesOn?: () => boolean;
}

/** What a source needs of its connection. */
export interface SourceOwner {
  readonly socket: Socket;
  readonly scheduler: SchedulerLike;
  /** While it is full nothing is read. */
  readonly sharedBudget: ParentBudget | undefined;
  readonly receiveQueue: KernelQueue<Buffer>;
  /** Called when the reader has left. */
  readingStopped(): void;
}

/** The reading side of a socket: one reader, paused and resumed by its budget and by the pool. */
export class TcpSource implements ChunkListener, BudgetListener {
  bytesIn = 0;
  /** Whether the peer has ended its side while it was read. */
  peerClosed = false;
  #wasRead = false;
  #reader: Subscriber<Buffer> | undefined;
  #reading: Reading | undefined;
  /** Whether the reading is to end on this side. */
  endsReading = false;
  /** Counts what is still read of what the kernel had received when the reading was to end. */
  #quietness: Quietness<Buffer> | undefined;

  constructor(private readonly owner: SourceOwner) {}

  get hasReader(): boolean {
    return this.#reader !== undefined;
  }

  /** Whether a reader came that still reads, or has read to an end. */
  get isRead(): boolean {
    return this.#wasRead && (this.open || !this.hasReader);
  }

  /** Whether there is room for what is read. */
  get open(): boolean {
    return this.#reading?.budget.open !== false && this.owner.sharedBudget?.open !== false;
  }

  /** Whether a reader is there that takes what comes after our FIN too, however long that is. */
  get readsForGood(): boolean {
    return this.hasReader && this.#reading?.goesOn === undefined;
  }

  /** Whether the reader takes what comes after our FIN, as far as it has shown since this was last asked. */
  goesOn(): boolean {
    return this.readsForGood || this.#reading?.goesOn?.() === true;
  }

  /** Reads for `reader` from now on, while the budget is open. @throws `ERR_ECHO_USED` at a second call. */
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

  /** The reader has left. */
  stop(): void {
    this.#reader = undefined;
    this.#reading = undefined;
    this.owner.sharedBudget?.delete(this);
    this.owner.readingStopped();
  }

  /**
   * Ends the reading as the peer's FIN would, once all is read that the kernel had received. Before the first reader it is
   * remembered.
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

  /** The peer has ended its side. */
  onEnd(): void {
    if (this.#reader === undefined) return;
    this.peerClosed = true;
    this.#reader.complete();
  }

  /** The socket has closed. */
  onClose(error: EchoError): void {
    this.#reader?.error(error);
  }

  /** The budget or the pool has opened or closed. */
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
