import { connect, type Socket } from 'node:net';
import { Observable, Subject } from 'rxjs';
import { formatEndpoint, type Endpoint } from '../../endpoint';
import { EchoError } from '../../errors';
import type { Payload } from './payload';
import type { ProbeSignal } from './probeEvent';
import type { Prober, ProberOptions } from './prober';
import { socketOptions } from './socketOptions';

/**
 * Opens a connection for each probe: its time is that of connect, echo and close. An answer is emitted whole, as a datagram is.
 * Errors with `ERR_ECHO_CONNECTION` if a first connection, which no probe uses, cannot be made.
 */
export const tcpReconnectProber = (options: ProberOptions, payload: Payload): Observable<Prober> =>
  new Observable((out) => {
    const { target } = options;
    const prober = new TcpReconnectProber(options, payload);
    const first = connect(socketOptions(options, 0));
    first
      .once('connect', () => {
        prober.locals.push({ host: first.localAddress!, port: first.localPort! });
        first.destroy();
        out.next(prober);
      })
      .on('error', (cause) => {
        const message = `Cannot connect to ${formatEndpoint(target)}: ${cause.message}`;
        out.error(new EchoError('ERR_ECHO_CONNECTION', message, { cause, remote: target }));
      });
    return () => {
      first.destroy();
      prober.close();
    };
  });

class TcpReconnectProber implements Prober {
  readonly locals: Endpoint[] = [];
  readonly signals$ = new Subject<ProbeSignal>();
  readonly #open = new Set<Socket>();

  constructor(
    private readonly options: ProberOptions,
    private readonly payload: Payload,
  ) {}

  send(seq: number, dueMs: number): void {
    const { scheduler, flows, load } = this.options;
    const flow = seq % flows;
    const data = this.payload.of(seq);
    const before = load();
    const atMs = scheduler.now();
    this.signals$.next({ kind: 'sent', seq, flow, atMs, lateMs: Math.max(atMs - dueMs, 0), load: before });
    const socket = connect(socketOptions(this.options, flow));
    this.#open.add(socket);
    const received: Buffer[] = [];
    let bytes = 0;
    let reason = 'closed by the target';
    const answer = (): void =>
      this.signals$.next({
        kind: 'answer',
        flow,
        data: Buffer.concat(received),
        atMs: scheduler.now(),
        load: load(),
      });
    socket
      .once('connect', () => {
        const local = formatEndpoint({ host: socket.localAddress!, port: socket.localPort! });
        this.signals$.next({ kind: 'connected', flow, connectMs: scheduler.now() - atMs, local });
        socket.write(data);
      })
      .on('data', (chunk) => {
        received.push(chunk);
        bytes += chunk.length;
        if (bytes < data.length) return;
        answer();
        socket.removeAllListeners('data').destroy();
      })
      .on('error', (error: NodeJS.ErrnoException) => (reason = error.code ?? error.message))
      .on('close', () => {
        this.#open.delete(socket);
        if (bytes >= data.length) return;
        if (bytes > 0) answer();
        else this.signals$.next({ kind: 'disconnected', flow, seq, reason });
      });
  }

  close(): void {
    for (const socket of this.#open) socket.removeAllListeners('close').destroy();
  }
}
