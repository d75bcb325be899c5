import type { Socket } from 'node:net';
import { interval, type SchedulerLike, type Subscriber, type Subscription } from 'rxjs';
import { formatEndpoint, type Endpoint } from '../endpoint';
import { EchoError } from '../errors';
import { byteBudget, type ByteBudget, type Gate, type Holder } from '../flow/byteBudget';
import type { HeldPool } from '../flow/heldPool';
import { Quietness } from '../flow/quietness';
import { installOnread, type ChunkListener } from './native/installOnread';
import { retain } from '../flow/retain';
import { QUIET_MS, receiveQueue } from './receiveQueue';
import { tcpHandleOf } from './native/tcpHandle';
import { tryWrite } from './native/tryWrite';

/** How much may wait for the kernel to take it, before we stop reading. */
const SINK_HIGH_BYTES = 512 * 1024;

/** How a connection is read. */
export interface Reading {
  /** Whether chunks are lent; see `lendChunks`. Default: they are the reader's own. */
  readonly lends?: boolean;
  /** Whether the reader still reads, once our side has ended: asked after each `lingerMs`. Default: as long as it is there. */
  readonly goesOn?: () => boolean;
}

/**
 * What a connection's source and sink share: the socket, who reads it and who writes to it, how it ended, and the account
 * of its bytes. One object that listens to the socket for both: at thousands of connections it is objects that count.
 */
export class Wire implements ChunkListener, Gate {
  readonly budget: ByteBudget;
  /** What was written and not yet taken by the kernel. Taken first: the sink is downstream of every stage. */
  readonly unsent: Holder;
  /**
   * What was read ahead of whoever pulls. It stands right before the sink, so its `downstreamOpen` says whether the
   * kernel keeps up, and nothing else.
   */
  readonly readAhead: Holder;
  bytesIn = 0;
  bytesOut = 0;
  peerEnded = false;
  /** Why the socket closed, where it did not close well. */
  error: EchoError | undefined;
  #wasRead = false;
  #wasWritten = false;
  #reader: Subscriber<Buffer> | undefined;
  /** The budget that the reader reads under. */
  #readBudget: ByteBudget | undefined;
  #reading: Reading = {};
  #writer: Subscriber<number> | undefined;
  #ending = false;
  #linger: Subscription | undefined;
  #endsReading = false;
  /** Counts what is still read of what the kernel had received when the reading was to end. */
  #quietness: Quietness<Buffer> | undefined;
  #hasClosed = false;
  #onClosed: (() => void) | undefined;
  #atEnd: Pick<Wire, 'bytesOwed' | 'framesOwed' | 'flushed' | 'unread'> | undefined;

  constructor(
    readonly socket: Socket,
    readonly remote: Endpoint,
    private readonly lingerMs: number,
    private readonly scheduler: SchedulerLike,
    private readonly pool?: HeldPool,
  ) {
    this.budget = byteBudget(pool, this);
    this.unsent = this.budget.holder(SINK_HIGH_BYTES);
    this.readAhead = this.budget.holder();
    installOnread(socket, this);
    socket
      // For the socket's whole life: whoever is there learns of it at 'close'; with nobody there Node would end the process.
      .on('error', (cause: NodeJS.ErrnoException) => {
        const message = `The connection to ${formatEndpoint(remote)} broke: ${cause.message}`;
        this.error ??= new EchoError('ERR_ECHO_CONNECTION', message, { cause, remote });
      })
      .on('end', () => this.#onEnd())
      .on('close', () => this.#onClose());
  }

  get bytesOwed(): number {
    return this.#atEnd?.bytesOwed ?? this.budget.heldBytes;
  }

  get framesOwed(): number {
    return this.#atEnd?.framesOwed ?? this.budget.heldFrames;
  }

  /** Whether the kernel has all that was written, with the FIN behind it or on its way. */
  get flushed(): boolean {
    return this.#atEnd?.flushed ?? (this.socket.writableFinished || this.#finIsOnItsWay);
  }

  /** Whether it is for us that the peer's bytes are unread: the kernel may hold some. */
  get unread(): boolean {
    if (this.#atEnd) return this.#atEnd.unread;
    const isRead = this.#wasRead && (this.open || this.#reader === undefined);
    return !this.peerEnded && !isRead && this.unsent.heldBytes === 0;
  }

  /**
   * Reads for `reader` while `budget` is open; from now on the connection keeps the process alive.
   *
   * @throws `ERR_ECHO_USED` at a second call.
   */
  read(reader: Subscriber<Buffer>, budget: ByteBudget, reading: Reading): void {
    if (this.#wasRead) throw used('bytes');
    this.#reading = reading;
    this.#wasRead = true;
    this.#reader = reader;
    this.#readBudget = budget;
    this.pool?.add(this);
    this.socket.ref();
    if (this.socket.destroyed) this.#onClose();
    else this.turned();
    if (this.#endsReading) this.#drain();
  }

  /** Tells `writer` of the end; from now on the connection keeps the process alive. @throws As `read`. */
  write(writer: Subscriber<number>): void {
    if (this.#wasWritten) throw used('send');
    this.#wasWritten = true;
    this.#writer = writer;
    this.socket.ref();
    if (this.socket.destroyed) this.#onClose();
  }

  /** The reader left. */
  stopReading(): void {
    this.#reader = undefined;
    this.pool?.delete(this);
    if (this.#ending) this.#discard();
    else this.socket.pause();
  }

  onChunk(chunk: Buffer): void {
    if (this.#reader === undefined) return;
    this.bytesIn += chunk.byteLength;
    this.#reader.next(this.#reading.lends ? chunk : retain(chunk));
    if (this.#quietness?.passed(chunk)) this.#reader?.complete();
  }

  /** Whether there is room for what is read. */
  get open(): boolean {
    return this.#readBudget?.open !== false && this.pool?.open !== false;
  }

  /**
   * Whether it is for the peer to move: we would read, or all that is held is written and waits for the peer to take it.
   * What a stage holds, what a full pool keeps us from reading, and a connection that was yet to be read wait for us.
   */
  get waitsForPeer(): boolean {
    const { heldBytes } = this.budget;
    return heldBytes === this.unsent.heldBytes && (heldBytes > 0 || (this.#wasRead && this.open));
  }

  /** Another number whenever the peer has sent or taken bytes since; of a long write the kernel says how far it is. */
  get moved(): number {
    return this.bytesIn + this.bytesOut - (tcpHandleOf(this.socket)?.writeQueueSize ?? 0);
  }

  /** A budget or the pool opened or closed. */
  turned(): void {
    if (this.#reader === undefined) return;
    if (this.open) this.socket.resume();
    else this.socket.pause();
  }

  /**
   * Ends the reading as the peer's FIN would, once all is read that the kernel had received; what is on its way is sent, and
   * FIN after it. Before the first reader it is remembered.
   */
  endReading(): void {
    if (this.#endsReading) return;
    this.#endsReading = true;
    if (this.#reader) this.#drain();
  }

  /** Calls `then` when the socket has closed; at once where it has. */
  onClosed(then: () => void): void {
    if (this.#hasClosed) then();
    else this.#onClosed = then;
  }

  /** Writes a chunk. What the kernel does not take at once waits, and `onTaken` is called when it has taken that. */
  send(chunk: Uint8Array, onTaken: () => void): void {
    const takenBytes = tryWrite(this.socket, chunk);
    this.bytesOut += takenBytes;
    if (takenBytes === chunk.byteLength) return;
    const rest = retain(chunk.subarray(takenBytes));
    this.unsent.charge(rest.byteLength);
    this.socket.write(rest, onTaken);
  }

  /** Accounts for what the kernel has taken since the last time. */
  bookTaken(frames: number): void {
    // The callbacks of a destroyed socket tell of success, for bytes that nobody took.
    if (this.#atEnd || this.socket.destroyed) return;
    const takenBytes = this.unsent.heldBytes - this.socket.writableLength;
    this.bytesOut += takenBytes;
    this.unsent.refund(takenBytes, frames);
  }

  /** Nothing more will be written: FIN follows what is still unsent. */
  endWriting(): void {
    if (this.#ending) return;
    this.#ending = true;
    // Not the callback of `end`, which also comes when the socket is destroyed before.
    this.socket.once('finish', () => this.#startLinger());
    this.socket.end();
    if (!this.#reader) this.#discard();
  }

  /**
   * Ends at once, and remembers what was owed. With RST, unless all is with the kernel already: there is nothing to
   * take back then, and an RST would destroy what the peer has yet to read.
   */
  close(): void {
    this.#writer = undefined;
    this.#settle();
    if (this.flushed) this.socket.destroy();
    else this.reset(aborted(this.remote));
  }

  /** Ends at once with RST, and remembers what was owed. */
  reset(error: EchoError): void {
    if (this.socket.destroyed) return;
    this.#settle();
    this.error ??= error;
    const resetNow = (): unknown => this.socket.resetAndDestroy();
    // libuv refuses (EINVAL) to reset a socket that it is about to shut down, and Node would then never close it.
    if (this.#finIsOnItsWay) this.socket.once('finish', resetNow);
    else resetNow();
  }

  /** From when the kernel has all until it has sent the FIN: a turn of the event loop. */
  get #finIsOnItsWay(): boolean {
    const { destroyed, writableEnded, writableLength, writableFinished } = this.socket;
    return writableEnded && writableLength === 0 && !writableFinished && !destroyed;
  }

  #onEnd(): void {
    if (this.#reader === undefined) return;
    this.peerEnded = true;
    this.#reader.complete();
  }

  /**
   * The reader first: once the writer is told, there is no reader any more in an echo, and its stages would take what they
   * have for the whole.
   */
  #onClose(): void {
    this.#hasClosed = true;
    this.#linger?.unsubscribe();
    this.#reader?.error(this.error ?? aborted(this.remote));
    if (this.error) this.#writer?.error(this.error);
    else this.#writer?.complete();
    this.#onClosed?.();
  }

  #drain(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const quietness = new Quietness(receiveQueue(this, this.scheduler));
    this.#quietness = quietness;
    const times$ = interval(QUIET_MS, this.scheduler);
    reader.add(times$.subscribe(() => quietness.turned() && reader.complete()));
  }

  /**
   * Reads on with nobody listening, from when nothing more will be written (not from the FIN: a peer that writes all
   * before it reads would wait for us for ever). Closing with unread input would reset the peer, and destroy what it
   * has not read yet.
   */
  #discard(): void {
    this.socket.resume();
    if (this.socket.writableFinished) this.#startLinger();
  }

  #startLinger(): void {
    // With both sides ended Node closes the socket by itself. And a source may leave after the end: no timer is to keep the
    // process alive then.
    if (this.socket.readableEnded || this.#atEnd || this.#linger) return;
    if (this.#reader && !this.#reading.goesOn) return;
    this.#linger = interval(this.lingerMs, this.scheduler).subscribe(() => {
      if (!this.#reader || !this.#reading.goesOn?.()) this.socket.destroy();
    });
  }

  /** Closes the account: what is unsent stays so. */
  #settle(): void {
    this.#linger?.unsubscribe();
    // For what the kernel took in this turn no callback came yet.
    this.bookTaken(0);
    const { bytesOwed, framesOwed, flushed, unread } = this;
    this.#atEnd ??= { bytesOwed, framesOwed, flushed, unread };
    this.unsent.refund(this.unsent.heldBytes, this.unsent.heldFrames);
  }
}

const used = (view: 'bytes' | 'send'): EchoError =>
  new EchoError('ERR_ECHO_USED', `The \`${view}\` of a connection can be used only once`);

/** The error of a connection that was ended on this side before its end. */
export const aborted = (remote: Endpoint): EchoError =>
  new EchoError('ERR_ECHO_ABORTED', `The connection to ${formatEndpoint(remote)} was aborted on this side`, { remote });
