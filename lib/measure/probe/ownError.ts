import { Observable, type SchedulerLike } from 'rxjs';
import { udpSocket } from '../udpSocket';
import type { ProbeSignal } from './probeEvent';

/**
 * Measures the error of this process: a socket sends to itself over loopback, at most 20 times a second, and emits how long
 * that took. What a datagram to a target takes less than this cannot be seen.
 *
 * The first one leaves at once. It is slower, because the code that sends is not compiled yet.
 */
export const ownError = (intervalMs: number, scheduler: SchedulerLike): Observable<ProbeSignal> =>
  new Observable((out) => {
    const socket = udpSocket('127.0.0.1');
    let sentMs: number | undefined;
    let port = 0;
    const send = (afterMs: number): void => {
      const timer = scheduler.schedule(() => {
        out.remove(timer);
        if (out.closed) return;
        sentMs = scheduler.now();
        socket.send(Buffer.alloc(64), port, '127.0.0.1', () => undefined);
        send(Math.max(intervalMs, 50));
      }, afterMs);
      out.add(timer);
    };
    socket
      .on('error', () => undefined)
      .on('message', () => {
        if (sentMs !== undefined) out.next({ kind: 'own', rttMs: scheduler.now() - sentMs });
        sentMs = undefined;
      })
      .bind(0, '127.0.0.1', () => {
        ({ port } = socket.address());
        send(0);
      });
    return () => void socket.close();
  });
