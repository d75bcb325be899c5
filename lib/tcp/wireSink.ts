import { Observable, Subscriber } from 'rxjs';
import { EchoError } from '../errors';
import { notBytes } from '../notBytes';
import type { Wire } from './wire';

/**
 * The write sink of a socket: writes what the source emits, and emits the running total of bytes the kernel has taken
 * (totals may coalesce).
 *
 * ```text
 * source    -a--b|
 * to peer   -a--b F         F: FIN, once all is written
 * sink      --1--2-----|    completes when the socket has closed: the peer's FIN came, or `lingerMs` were over
 * ```
 *
 * After our FIN what the peer still sends is read and discarded, unless somebody still reads it. Unsubscribed while
 * something is owed, it resets the connection; an error of the source resets it too, since a FIN would make a truncated
 * echo look whole.
 */
export const wireSink = (wire: Wire, source: Observable<Uint8Array>): Observable<number> =>
  new Observable((subscriber) => {
    wire.write(subscriber);
    const sink = new Sink(wire, subscriber);
    // Before the source, which may emit at once: who has left is asked for nothing more. And the account is closed first,
    // with what the stages hold.
    subscriber.add(() => {
      wire.close();
      sink.unsubscribe();
    });
    source.subscribe(sink);
  });

/** Writes what it is given. A subscriber and no closures around one: each connection has its own. */
class Sink extends Subscriber<Uint8Array> {
  #toldBytes = 0;
  readonly #awaitsEnd: boolean;

  constructor(
    private readonly wire: Wire,
    private readonly out: Subscriber<number>,
  ) {
    super();
    this.#awaitsEnd = 'awaitsEnd' in out && out.awaitsEnd === true;
  }

  override next(chunk: Uint8Array): void {
    if (this.isStopped) return;
    if (!(chunk instanceof Uint8Array)) return this._error(notBytes(chunk));
    if (chunk.byteLength === 0) return;
    this.wire.send(chunk, this.#onTaken);
    if (!this.#awaitsEnd) tellLater(this);
  }

  /** Tells how much the kernel has taken, when that is news. */
  tell(): void {
    const { bytesOut } = this.wire;
    if (bytesOut === this.#toldBytes || this.out.closed) return;
    this.#toldBytes = bytesOut;
    this.out.next(bytesOut);
  }

  protected override _error(error: unknown): void {
    this.wire.reset(error instanceof EchoError ? error : brokenBy(error));
    this.out.error(error);
  }

  protected override _complete(): void {
    this.wire.endWriting();
    this.unsubscribe();
  }

  // One callback for all chunks: Node calls it in order and for every chunk, also when the socket is destroyed,
  // where a bare 'drain' would never come.
  readonly #onTaken = (): void => {
    this.wire.bookTaken(1);
    this.tell();
  };
}

/** Who may have news, once what runs now is done. */
let tellers: Sink[] = [];

/**
 * Not within `next`: whoever takes the first total and leaves, as `firstValueFrom` does, would cut a source that was
 * about to complete.
 */
const tellLater = (sink: Sink): void => {
  if (tellers.push(sink) === 1) void nothing.then(tellAll);
};

const nothing = Promise.resolve();

const tellAll = (): void => {
  const sinks = tellers;
  tellers = [];
  for (const sink of sinks) sink.tell();
};

const brokenBy = (cause: unknown): EchoError =>
  new EchoError('ERR_ECHO_STAGE', 'What was to be sent ended with an error', { cause });
