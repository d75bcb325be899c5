import { Observable } from 'rxjs';
import { EchoError } from '../errors';
import type { ByteBudget } from '../flow/byteBudget';
import type { Wire } from './wire';

/**
 * What the peer sends, emitted while `budget` is open; completes on the peer's FIN.
 *
 * Single use. Errors with the wire's error when the socket closed before that, for whatever reason. Unsubscribing stops reading,
 * and leaves the socket open.
 */
export const wireBytes = (wire: Wire, budget: ByteBudget): Observable<Buffer> =>
  new Observable((subscriber) => {
    const { socket } = wire;
    wire.claim('bytes');
    const onData = (chunk: Buffer): void => {
      wire.bytesIn += chunk.byteLength;
      subscriber.next(chunk);
    };
    const onEnd = (): void => {
      wire.peerEnded = true;
      subscriber.complete();
    };
    const onClose = (): void => {
      subscriber.error(wire.error ?? new EchoError('ERR_ECHO_ABORTED', 'The connection was closed before its end'));
    };
    if (socket.destroyed) return onClose();

    socket.on('data', onData).on('end', onEnd).on('close', onClose);
    const gate = budget.open$.subscribe((open) => wire.read(open));
    wire.read(budget.open);
    return () => {
      gate.unsubscribe();
      socket.off('data', onData).off('end', onEnd).off('close', onClose);
      wire.stopReading();
    };
  });
