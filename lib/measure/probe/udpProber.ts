import type { RemoteInfo, Socket } from 'node:dgram';
import { Observable, Subject, type SchedulerLike } from 'rxjs';
import { formatEndpoint, type Endpoint } from '../../endpoint';
import { EchoError } from '../../errors';
import { defaults } from '../../options';
import { askReceiveBuffer } from '../../udp/askReceiveBuffer';
import { trySend, type TrySend } from '../../udp/native/trySend';
import type { Payload } from './payload';
import { udpSocket } from '../udpSocket';
import type { ProbeSignal } from './probeEvent';
import type { Prober, ProberOptions } from './prober';

/**
 * Opens the sockets of a UDP probe when subscribed, one for each flow, and emits the prober once.
 *
 * The sockets are not connected, so that an answer from another address is seen. Such a socket does not learn that a port
 * refuses; `refusals` asks for that.
 */
export const udpProber = (options: ProberOptions, payload: Payload): Observable<Prober> =>
  new Observable((out) => {
    const { target, flows, scheduler } = options;
    const signals$ = new Subject<ProbeSignal>();
    const sockets: Socket[] = [];
    let bound = 0;
    const fail = (cause: NodeJS.ErrnoException): void => {
      const message = `Cannot send to ${formatEndpoint(target)}: ${cause.message}`;
      out.error(new EchoError('ERR_ECHO_CONNECTION', message, { cause, remote: target }));
    };
    for (let flow = 0; flow < flows; flow += 1) {
      const socket = udpSocket(target.host);
      sockets.push(socket);
      socket.once('error', fail);
      const port = options.sourcePort === undefined ? 0 : options.sourcePort + flow;
      socket.bind({ port, address: options.source }, () => {
        socket.off('error', fail).on('error', () => undefined);
        askReceiveBuffer(socket, defaults.receiveBufferBytes);
        bound += 1;
        if (bound < flows) return;
        localHost(target, options.source, (host) => {
          if (!out.closed) out.next(new UdpProber(sockets, host, options, payload, signals$, scheduler));
        });
      });
      socket.on('message', (data, { address, port: from }) => {
        const isTarget = address === target.host && from === target.port;
        const atMs = scheduler.now();
        signals$.next({
          kind: 'answer',
          flow,
          data,
          atMs,
          load: options.load(),
          ...(!isTarget && { from: formatEndpoint({ host: address, port: from }) }),
        });
      });
    }
    return () => {
      for (const socket of sockets) socket.close();
    };
  });

/** An unconnected socket does not know the address that it sends from: a connected one does. */
const localHost = (target: Endpoint, source: string | undefined, then: (host: string) => void): void => {
  if (source !== undefined) return then(source);
  const socket = udpSocket(target.host);
  const answer = (host: string): void => {
    socket.close();
    then(host);
  };
  socket
    .once('error', () => answer(''))
    .connect(target.port, target.host, (error?: Error) => {
      if (!error) answer(socket.address().address);
    });
};

class UdpProber implements Prober {
  readonly #trySends: readonly TrySend[];
  readonly #to: RemoteInfo;

  constructor(
    private readonly sockets: readonly Socket[],
    private readonly host: string,
    private readonly options: ProberOptions,
    private readonly payload: Payload,
    readonly signals$: Subject<ProbeSignal>,
    private readonly scheduler: SchedulerLike,
  ) {
    this.#trySends = sockets.map((socket) => trySend(socket));
    const { host: address, port } = options.target;
    this.#to = { address, port, family: 'IPv4', size: 0 };
  }

  get locals(): Endpoint[] {
    return this.sockets.map((socket) => ({ host: this.host, port: socket.address().port }));
  }

  send(seq: number, dueMs: number): void {
    const flow = seq % this.sockets.length;
    const { host, port } = this.options.target;
    const data = this.payload.of(seq);
    const load = this.options.load();
    const documented = (): void =>
      this.sockets[flow]!.send(data, port, host, (error) => {
        const { code = 'EUNKNOWN' } = (error ?? {}) as NodeJS.ErrnoException;
        if (error) this.signals$.next({ kind: 'failed', seq, flow, atMs, code });
      });
    const atMs = this.scheduler.now();
    const isTaken = this.#trySends[flow]!(data, this.#to, { pending: () => () => undefined });
    this.signals$.next({ kind: 'sent', seq, flow, atMs, lateMs: Math.max(atMs - dueMs, 0), load });
    // The documented way tells why the kernel does not take it, or it does now.
    if (isTaken === false) documented();
  }
}

/**
 * Emits when the target refuses: a connected socket, unlike the others, learns it from ICMP. It asks when subscribed and at
 * each value of `ask$`, at most once a second.
 */
export const refusals = (
  target: Endpoint,
  ask$: Observable<unknown>,
  scheduler: SchedulerLike,
  data: Buffer,
): Observable<ProbeSignal> =>
  new Observable((out) => {
    const socket = udpSocket(target.host);
    let askedMs = -Infinity;
    const ask = (): void => {
      const nowMs = scheduler.now();
      if (nowMs - askedMs < 1000) return;
      askedMs = nowMs;
      socket.send(data, (error) => error && onError(error));
    };
    const onError = (error: Error): void => {
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') out.next({ kind: 'refused' });
    };
    socket.on('error', onError).connect(target.port, target.host, () => {
      ask();
      out.add(ask$.subscribe(ask));
    });
    return () => void socket.close();
  });
