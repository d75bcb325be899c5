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
    source.subscribe(sink);
    return () => {
      wire.close();
      sink.unsubscribe();
    };
  });

/** Writes what it is given. A subscriber and no closures around one: each connection has its own. */
class Sink extends Subscriber<Uint8Array> {
  constructor(
    private readonly wire: Wire,
    private readonly out: Subscriber<number>,
  ) {
    super();
  }

  protected override _next(chunk: Uint8Array): void {
    if (this.out.closed) return;
    if (!(chunk instanceof Uint8Array)) return this._error(notBytes(chunk));
    if (chunk.byteLength === 0) return;
    this.wire.send(chunk, this.#onTaken);
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
    if (this.out.closed) return;
    const before = this.wire.bytesOut;
    this.wire.bookTaken(1);
    if (this.wire.bytesOut > before) this.out.next(this.wire.bytesOut);
  };
}

const brokenBy = (cause: unknown): EchoError =>
  new EchoError('ERR_ECHO_STAGE', 'What was to be sent ended with an error', { cause });
