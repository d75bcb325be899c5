import type { Socket } from 'node:net';
import type { Subscriber } from 'rxjs';
import { EchoError, invalidChunkError } from '../errors';
import type { ByteBudget, BudgetAccount } from '../budget';
import { LightSubscriber } from '../streams/lightSubscriber';
import { joinBuffer, JOINED_BYTES, retain } from '../streams/retain';
import type { WritesOptions } from '../peer';
import { atEndOfTurn, readIsUnderWay, type EndOfTurnListener } from './endOfTurn';
import { tryWrite, tryWritev } from './native/tryWrite';

/** The high-water mark of unsent bytes. The source is paused when it is reached. */
const HIGH_WATER_MARK = 512 * 1024;

/** What a sink needs from its connection. */
export interface SinkOwner {
  readonly socket: Socket;
  readonly budget: ByteBudget;
  abort(error?: EchoError): void;
  /** Called when everything was passed to the socket; ends our side (FIN). */
  finish(): void;
  destroy(): void;
}

/**
 * Writes what its source emits to a socket.
 *
 * ```text
 * source     -a-(bcd)---|
 * to peer    -a-(bcd)---F     F: FIN, once all is written
 * sink       --------------|  completes when the socket has closed
 * ```
 *
 * Chunks of one turn leave in one write, up to 64 KiB. Chunks that come while a read is being emitted, as in an echo,
 * leave when its reader has returned, so the sink need not copy them. Other chunks leave at the next tick. See
 * `atEndOfTurn`.
 */
export class TcpSink extends LightSubscriber<Uint8Array> implements EndOfTurnListener {
  bytesOut = 0;
  /**
   * Charged with what was received and not yet taken by the kernel. Opened at the subscription, because the sink is
   * downstream of every stage.
   */
  readonly account: BudgetAccount;
  /** The chunks to write at the end of the turn. Nearly always there is just this one. */
  #first: Uint8Array | undefined;
  #more: Uint8Array[] | undefined;
  #gatheredBytes = 0;
  /** How many gathered chunks are charged. Those that wait for the end of a read are not. */
  #charged = 0;
  /** Bytes passed to `socket.write` that are not yet counted as taken by the kernel. */
  #queuedBytes = 0;

  constructor(
    private readonly owner: SinkOwner,
    private readonly out: Subscriber<never>,
    private readonly options: WritesOptions,
  ) {
    super();
    this.account = (options.budget ?? owner.budget).openAccount(HIGH_WATER_MARK);
  }

  next(chunk: Uint8Array): void {
    if (this.closed) return;
    if (!(chunk instanceof Uint8Array)) return this.error(invalidChunkError(chunk));
    if (chunk.byteLength === 0) return;
    this.#gather(chunk);
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

  /** Called when the subscriber leaves; destroys the connection unless it has closed. */
  override unsubscribe(): void {
    this.onEndOfTurn();
    this.owner.destroy();
    super.unsubscribe();
  }

  onEndOfTurn(): void {
    const [first, more, bytes, charged] = [this.#first, this.#more, this.#gatheredBytes, this.#charged];
    if (first === undefined) return;
    this.#forget();
    if (more === undefined) this.#write(first);
    else if (bytes > JOINED_BYTES) this.#writeList([first, ...more]);
    else this.#write(joined(first, more));
    if (charged > 0) this.account.refund(bytes, charged);
  }

  /** Called when the socket has closed. */
  onClose(error: EchoError | undefined): void {
    if (error) this.out.error(error);
    else this.out.complete();
  }

  /** Closes the account; unsent bytes are no longer charged. */
  settle(): void {
    this.#forget();
    this.account.release();
  }

  /** Counts what the kernel has taken since the last call. */
  book(frames: number): void {
    const { destroyed, writableLength } = this.owner.socket;
    // Node reports success to the callbacks of a destroyed socket, for bytes that the kernel never took.
    if (destroyed) return;
    const takenBytes = this.#queuedBytes - writableLength;
    this.#queuedBytes = writableLength;
    this.bytesOut += takenBytes;
    this.account.refund(takenBytes, frames);
  }

  #gather(lent: Uint8Array): void {
    const isRead = readIsUnderWay();
    const chunk = isRead ? lent : retain(lent);
    if (this.#first === undefined) {
      this.#first = chunk;
      atEndOfTurn(this);
    } else (this.#more ??= []).push(chunk);
    this.#gatheredBytes += chunk.byteLength;
    if (!isRead) {
      this.#charged += 1;
      this.account.charge(chunk.byteLength);
    }
    if (this.#gatheredBytes > JOINED_BYTES) this.onEndOfTurn();
  }

  #forget(): void {
    this.#first = undefined;
    this.#more = undefined;
    this.#gatheredBytes = 0;
    this.#charged = 0;
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
      if (takenBytes < chunk.byteLength) this.#queue(retain(chunk.subarray(takenBytes)));
      takenBytes = Math.max(0, takenBytes - chunk.byteLength);
    }
    socket.uncork();
  }

  /** Passes the rest to Node, which writes it when the kernel has room. */
  #queue(rest: Uint8Array): void {
    this.account.charge(rest.byteLength);
    this.#queuedBytes += rest.byteLength;
    this.owner.socket.write(rest, this.#onTaken);
  }

  // One callback for all chunks. Node calls it in order for every chunk, also when the socket is destroyed. A bare
  // 'drain' would never come then.
  readonly #onTaken = (): void => this.book(1);
}

/** Joins chunks in the shared `joinBuffer`. The sink copies what the kernel does not take at once. */
const joined = (first: Uint8Array, more: readonly Uint8Array[]): Uint8Array => {
  joinBuffer.set(first);
  let end = first.byteLength;
  for (const chunk of more) {
    joinBuffer.set(chunk, end);
    end += chunk.byteLength;
  }
  return joinBuffer.subarray(0, end);
};

const brokenBy = (cause: unknown): EchoError =>
  new EchoError('ERR_ECHO_STAGE', 'The source of the sink failed', { cause });

const overflow = (): EchoError =>
  new EchoError('ERR_ECHO_OVERFLOW', `The peer does not read: ${HIGH_WATER_MARK} bytes wait to be sent`);
