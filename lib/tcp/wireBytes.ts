import { Observable } from 'rxjs';
import { EchoError } from '../errors';
import type { Wire } from './wire';

/**
 * The push view of a socket: emits what the peer sends while the budget is open, completes on its FIN.
 *
 * Single use. Errors with the wire's error when the socket closed before that, for whatever reason. Unsubscribing stops reading,
 * and leaves the socket open.
 */
export const wireBytes = (wire: Wire): Observable<Buffer> =>
  new Observable((subscriber) => {
    const { socket, budget } = wire;
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
    const gate = budget.open$.subscribe(() => wire.read());
    wire.read();
    return () => {
      gate.unsubscribe();
      socket.off('data', onData).off('end', onEnd).off('close', onClose);
      wire.stopReading();
    };
  });
