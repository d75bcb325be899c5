import { connect, type Socket } from 'node:net';
import { concat, defer, from, Observable, Subject, type SchedulerLike } from 'rxjs';
import { formatEndpoint, type Endpoint } from '../../endpoint';
import { EchoError } from '../../errors';
import type { Payload } from './payload';
import type { ProbeSignal } from './probeEvent';
import type { Prober, ProberOptions } from './prober';
import { socketOptions } from './socketOptions';

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 10_000;

/**
 * Connects each flow of a TCP probe when subscribed, and emits the prober once all are connected. Errors with
 * `ERR_ECHO_CONNECTION` if one cannot connect at the start; later it reconnects, with a backoff.
 */
export const tcpProber = (options: ProberOptions, payload: Payload): Observable<Prober> =>
  new Observable((out) => {
    const prober = new TcpProber(options, payload);
    const fail = (cause: Error): void => {
      const message = `Cannot connect to ${formatEndpoint(options.target)}: ${cause.message}`;
      out.error(new EchoError('ERR_ECHO_CONNECTION', message, { cause, remote: options.target }));
    };
    prober.open(() => out.next(prober), fail);
    return () => prober.close();
  });

class TcpProber implements Prober {
  readonly #live$ = new Subject<ProbeSignal>();
  /** The connects of the start, which come before anything can be subscribed. */
  readonly #before: ProbeSignal[] = [];
  readonly signals$ = defer(() => concat(from(this.#before.splice(0)), this.#live$));
  readonly #flows: TcpFlow[];

  constructor(
    options: ProberOptions,
    private readonly payload: Payload,
  ) {
    this.#flows = Array.from({ length: options.flows }, (_, flow) => new TcpFlow(flow, options, this.#live$));
  }

  get locals(): Endpoint[] {
    return this.#flows.map(({ local }) => local);
  }

  open(then: () => void, fail: (cause: Error) => void): void {
    let connected = 0;
    const start = this.#live$.subscribe((signal) => this.#before.push(signal));
    for (const flow of this.#flows) {
      flow.open(() => {
        connected += 1;
        if (connected < this.#flows.length) return;
        start.unsubscribe();
        then();
      }, fail);
    }
  }

  send(seq: number, dueMs: number): void {
    const data = this.payload.of(seq);
    this.#flows[seq % this.#flows.length]!.send(seq, data, dueMs);
  }

  close(): void {
    for (const flow of this.#flows) flow.close();
  }
}

class TcpFlow {
  local: Endpoint = { host: '', port: 0 };
  #socket: Socket | undefined;
  #isConnected = false;
  #isClosed = false;
  #backoffMs = FIRST_BACKOFF_MS;

  constructor(
    private readonly flow: number,
    private readonly options: ProberOptions,
    private readonly signals$: Subject<ProbeSignal>,
  ) {}

  private get scheduler(): SchedulerLike {
    return this.options.scheduler;
  }

  open(then: () => void, fail: (cause: Error) => void): void {
    const { scheduler } = this.options;
    const startMs = scheduler.now();
    const socket = connect(socketOptions(this.options, this.flow));
    this.#socket = socket;
    let cause: Error | undefined;
    socket
      .once('connect', () => {
        this.#isConnected = true;
        this.#backoffMs = FIRST_BACKOFF_MS;
        this.local = { host: socket.localAddress!, port: socket.localPort! };
        const connectMs = scheduler.now() - startMs;
        this.signals$.next({ kind: 'connected', flow: this.flow, connectMs, local: formatEndpoint(this.local) });
        then();
      })
      .on('data', (data) => {
        this.signals$.next({ kind: 'answer', flow: this.flow, data, atMs: scheduler.now(), load: this.options.load() });
      })
      .on('error', (error) => (cause = error))
      .on('close', () => {
        const wasConnected = this.#isConnected;
        this.#isConnected = false;
        if (this.#isClosed || socket !== this.#socket) return;
        if (!wasConnected) return fail(cause ?? new Error('the connection was closed'));
        this.signals$.next({ kind: 'disconnected', flow: this.flow, reason: cause?.message ?? 'closed by the target' });
        this.#reconnect();
      });
  }

  send(seq: number, data: Buffer, dueMs: number): void {
    const { flow } = this;
    const load = this.options.load();
    const atMs = this.scheduler.now();
    this.signals$.next({ kind: 'sent', seq, flow, atMs, lateMs: Math.max(atMs - dueMs, 0), load });
    if (this.#isConnected) this.#socket?.write(data);
    else this.signals$.next({ kind: 'failed', seq, flow, atMs, code: 'ENOTCONN' });
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
  }

  #reconnect(): void {
    this.scheduler.schedule(() => {
      if (this.#isClosed) return;
      this.#backoffMs = Math.min(this.#backoffMs * 2, MAX_BACKOFF_MS);
      this.open(
        () => undefined,
        () => this.#reconnect(),
      );
    }, this.#backoffMs);
  }
}
