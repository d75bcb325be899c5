import type { Socket } from 'node:net';
import type { Subscriber } from 'rxjs';
import { EchoError } from '../errors';
import type { ByteBudget, Holder } from '../flow/byteBudget';
import { LightSubscriber } from '../flow/lightSubscriber';
import { retain } from '../flow/retain';
import { notBytes } from '../notBytes';
import type { WritesOptions } from '../peer';
import { atEndOfTurn, reads, type EndOfTurnListener } from './endOfTurn';
import { tryWrite, tryWritev } from './native/tryWrite';

/** How much may wait for the kernel to take it, before we stop reading. */
const HIGH_BYTES = 512 * 1024;

/** Chunks that are longer together are written as a list: to join them would cost more than it saves. */
const MAX_JOINED_BYTES = 64 * 1024;

/** What a sink needs of its connection. */
export interface SinkOwner {
  readonly socket: Socket;
  readonly budget: ByteBudget;
  abort(error?: EchoError): void;
  /** Called when all is written: FIN is next. */
  finish(): void;
  cut(): void;
}

/**
 * The write sink of a socket.
 *
 * ```text
 * source     -a-(bcd)---|
 * to peer    -a-b(cd)---F     F: FIN, once all is written
 * sink       --------------|  completes when the socket has closed
 * ```
 *
 * The first chunk of a turn of the event loop goes out at once; further ones leave together at the turn's end, so that the
 * replies to one read are one write.
 */
export class TcpSink extends LightSubscriber<Uint8Array> implements EndOfTurnListener {
  bytesOut = 0;
  /** What was given and not yet taken by the kernel. Opened at the subscription: the sink is downstream of every stage. */
  readonly account: Holder;
  /** As of the last chunk that was written at once: another one before the next read waits for the end of the turn. */
  #readsAtWrite = -1;
  #gathered: Uint8Array[] | undefined;
  /** What Node was given to write. */
  #queuedBytes = 0;

  constructor(
    private readonly owner: SinkOwner,
    private readonly out: Subscriber<never>,
    private readonly options: WritesOptions,
  ) {
    super();
    this.account = (options.budget ?? owner.budget).holder(HIGH_BYTES);
  }

  next(chunk: Uint8Array): void {
    if (this.closed) return;
    if (!(chunk instanceof Uint8Array)) return this.error(notBytes(chunk));
    if (chunk.byteLength === 0) return;
    if (this.#gathered !== undefined || this.#readsAtWrite === reads.count) this.#gather(retain(chunk));
    else {
      this.#readsAtWrite = reads.count;
      this.#write(chunk);
    }
    if (this.options.whenFull === 'abort' && this.account.full) this.owner.abort(overflow());
  }

  error(error: unknown): void {
    if (this.closed) return;
    super.unsubscribe();
    this.owner.abort(error instanceof EchoError ? error : brokenBy(error));
    this.out.error(error);
  }

  complete(): void {
    if (this.closed) return;
    super.unsubscribe();
    this.onEndOfTurn();
    this.owner.finish();
  }

  /** Nobody waits for the end any more. */
  override unsubscribe(): void {
    this.owner.cut();
    super.unsubscribe();
  }

  onEndOfTurn(): void {
    const chunks = this.#gathered;
    if (chunks === undefined) return;
    this.#gathered = undefined;
    const bytes = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (bytes > MAX_JOINED_BYTES) this.#writeList(chunks);
    else this.#write(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes));
    this.account.refund(bytes, chunks.length);
  }

  /** The socket has closed. */
  onClose(error: EchoError | undefined): void {
    if (error) this.out.error(error);
    else this.out.complete();
  }

  /** Closes the account: what is unsent stays so. */
  settle(): void {
    this.#gathered = undefined;
    this.account.release();
  }

  /** Accounts for what the kernel has taken since the last time. */
  book(frames: number): void {
    const { destroyed, writableLength } = this.owner.socket;
    // The callbacks of a destroyed socket tell of success, for bytes that the kernel never took.
    if (destroyed) return;
    const takenBytes = this.#queuedBytes - writableLength;
    this.#queuedBytes = writableLength;
    this.bytesOut += takenBytes;
    this.account.refund(takenBytes, frames);
  }

  #gather(chunk: Uint8Array): void {
    if (this.#gathered === undefined) {
      this.#gathered = [];
      atEndOfTurn(this);
    }
    this.#gathered.push(chunk);
    this.account.charge(chunk.byteLength);
  }

  #write(chunk: Uint8Array): void {
    const takenBytes = tryWrite(this.owner.socket, chunk);
    this.bytesOut += takenBytes;
    if (takenBytes < chunk.byteLength) this.#queue(retain(chunk.subarray(takenBytes)));
  }

  #writeList(chunks: readonly Uint8Array[]): void {
    const { socket } = this.owner;
    let takenBytes = tryWritev(socket, chunks);
    this.bytesOut += takenBytes;
    socket.cork();
    for (const chunk of chunks) {
      if (takenBytes < chunk.byteLength) this.#queue(chunk.subarray(takenBytes));
      takenBytes = Math.max(0, takenBytes - chunk.byteLength);
    }
    socket.uncork();
  }

  /** Leaves the rest to Node, which writes it when there is room. */
  #queue(rest: Uint8Array): void {
    this.account.charge(rest.byteLength);
    this.#queuedBytes += rest.byteLength;
    this.owner.socket.write(rest, this.#onTaken);
  }

  // One callback for all chunks: Node calls it in order and for every chunk, also when the socket is destroyed,
  // where a bare 'drain' would never come.
  readonly #onTaken = (): void => this.book(1);
}

const brokenBy = (cause: unknown): EchoError =>
  new EchoError('ERR_ECHO_STAGE', 'What was to be sent ended with an error', { cause });

const overflow = (): EchoError =>
  new EchoError('ERR_ECHO_OVERFLOW', `The peer did not take what it was sent: ${HIGH_BYTES} bytes wait for it`);
