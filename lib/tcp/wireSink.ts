import { Observable } from 'rxjs';
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
    const { socket, unsent } = wire;
    wire.claim('send');

    // One callback for all chunks: Node calls it in order and for every chunk, also when the socket is destroyed,
    // where a bare 'drain' would never come.
    const onTaken = (): void => {
      if (subscriber.closed) return;
      const before = wire.bytesOut;
      wire.bookTaken(1);
      if (wire.bytesOut > before) subscriber.next(wire.bytesOut);
    };
    const fail = (error: unknown): void => {
      wire.reset(error instanceof EchoError ? error : brokenBy(error));
      subscriber.error(error);
    };
    const onClose = (): void => {
      if (wire.error) subscriber.error(wire.error);
      else subscriber.complete();
    };

    socket.on('close', onClose);
    if (socket.destroyed) onClose();
    const written = source.subscribe({
      next: (chunk) => {
        if (subscriber.closed) return;
        if (!(chunk instanceof Uint8Array)) return fail(notBytes(chunk));
        if (chunk.byteLength === 0) return;
        unsent.charge(chunk.byteLength);
        socket.write(chunk, onTaken);
      },
      error: fail,
      complete: () => wire.endWriting(),
    });

    return () => {
      socket.off('close', onClose);
      wire.close();
      written.unsubscribe();
    };
  });

const brokenBy = (cause: unknown): EchoError =>
  new EchoError('ERR_ECHO_STAGE', 'What was to be sent ended with an error', { cause });
