import { randomInt } from 'node:crypto';
import {
  concat,
  defer,
  EMPTY,
  finalize,
  from,
  ignoreElements,
  interval,
  map,
  merge,
  of,
  Subject,
  take,
  takeUntil,
  tap,
  timer,
  type Observable,
  type SchedulerLike,
} from 'rxjs';
import type { Endpoint, Transport } from '../../endpoint';
import { EchoError } from '../../errors';
import { pacer } from '../probe/pacer';
import type { LoadClient, LoadClientOptions } from './loadClient';
import { LoadStats } from './loadStats';
import { Messages } from './messages';
import { TcpLoad } from './tcpLoad';
import { UdpLoad } from './udpLoad';

/** So many connect at once: the accept queue of a server usually holds 511. */
const CONNECTS_AT_ONCE = 100;

export interface LoadRunOptions {
  /** An address, not a name. */
  readonly target: Endpoint;
  readonly transport: Transport;
  readonly connections: number;
  readonly size: number;
  readonly depth: number;
  readonly count: number;
  readonly durationMs: number;
  readonly timeoutMs: number;
  readonly reconnect: boolean;
  /** Default: a closed loop. */
  readonly messagesPerSecond: number | undefined;
  readonly stop$: Observable<unknown>;
  readonly scheduler: SchedulerLike;
}

/** One run of a load: its clients, and what they have sent together. */
export class LoadRun {
  readonly #stats = new LoadStats();
  readonly #clients: readonly LoadClient[];
  readonly #doneAll$ = new Subject<void>();
  #sent = 0;
  #done = 0;
  #isOver = false;

  /** Emits the statistics once a second, the same object each time, and at the end. */
  readonly stats$: Observable<LoadStats> = defer(() =>
    concat(from(this.#open()).pipe(ignoreElements()), this.#driven$()).pipe(finalize(() => this.#close())),
  );

  constructor(private readonly options: LoadRunOptions) {
    const { target, transport, connections, size, timeoutMs, reconnect, scheduler } = options;
    const clientOptions: LoadClientOptions = {
      target,
      messages: new Messages(size),
      stats: this.#stats,
      scheduler,
      timeoutMs,
      reconnect,
      onDone: (client) => this.#onDone(client),
    };
    this.#clients = Array.from({ length: connections }, () =>
      transport === 'tcp' ? new TcpLoad(clientOptions) : new UdpLoad(clientOptions, randomInt(2 ** 32 - 1)),
    );
  }

  async #open(): Promise<void> {
    for (let start = 0; start < this.#clients.length; start += CONNECTS_AT_ONCE) {
      try {
        await Promise.all(this.#clients.slice(start, start + CONNECTS_AT_ONCE).map((client) => client.open()));
      } catch (cause) {
        const message = `Cannot connect: ${(cause as Error).message}`;
        throw new EchoError('ERR_ECHO_CONNECTION', message, { cause });
      }
    }
  }

  #driven$(): Observable<LoadStats> {
    const { durationMs, stop$, scheduler } = this.options;
    return defer(() => {
      const startMs = scheduler.now();
      const cpu = process.cpuUsage();
      const measured = (): LoadStats => {
        const { user, system } = process.cpuUsage(cpu);
        this.#stats.elapsedMs = scheduler.now() - startMs;
        this.#stats.cpuCores = (user + system) / 1000 / Math.max(this.#stats.elapsedMs, 1);
        return this.#stats;
      };
      const over$ = merge(timer(durationMs, scheduler), this.#doneAll$, stop$).pipe(take(1));
      const progress$ = interval(1000, scheduler).pipe(map(measured));
      return concat(
        merge(progress$, this.#sends$()).pipe(takeUntil(over$)),
        defer(() => of(measured())),
      );
    });
  }

  /** The open loop sends on a schedule; the closed loop sends first here, and then when a message is done. */
  #sends$(): Observable<never> {
    const { messagesPerSecond, scheduler, depth, reconnect } = this.options;
    if (messagesPerSecond !== undefined) {
      return pacer({ intervalMs: 1000 / messagesPerSecond, scheduler, catchesUp: true }).pipe(
        tap(({ slot, dueMs }) => this.#send(this.#clients[slot % this.#clients.length]!, dueMs)),
        ignoreElements(),
      );
    }
    return defer(() => {
      const underWay = reconnect ? 1 : depth;
      for (const client of this.#clients) for (let each = 0; each < underWay; each += 1) this.#send(client);
      return EMPTY;
    });
  }

  #send(client: LoadClient, dueMs?: number): void {
    if (this.#sent >= this.options.count) return;
    this.#sent += 1;
    client.send(dueMs);
  }

  #onDone(client: LoadClient): void {
    this.#done += 1;
    if (this.#done >= this.options.count) this.#doneAll$.next();
    else if (this.options.messagesPerSecond === undefined && !this.#isOver) this.#send(client);
  }

  #close(): void {
    this.#isOver = true;
    for (const client of this.#clients) client.close();
  }
}
