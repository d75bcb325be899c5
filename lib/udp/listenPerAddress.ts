import {
  catchError,
  defer,
  EMPTY,
  interval,
  map,
  Observable,
  throwError,
  type SchedulerLike,
  type Subscription,
} from 'rxjs';
import { bindAll } from '../net/bindAll';
import { listenError } from '../net/listenError';
import { formatEndpoint, type Endpoint } from '../endpoint';
import { EchoError } from '../errors';
import type { KernelQueue } from '../budget';
import type { LogEntry } from '../options';
import type { Datagram } from '../peer';
import { canListInterfaces, localAddresses, type Interfaces } from './localAddresses';
import type { UdpListener } from './udpListener';
import { addCounts, noDatagrams, type DatagramCounts } from './udpSender';

/** The time between two looks at the addresses of this machine. */
const RESCAN_MS = 5000;

export interface PerAddressOptions {
  readonly port: number;
  readonly bind: (host: string, port: number) => Observable<UdpListener>;
  readonly interfaces: Interfaces;
  readonly scheduler: SchedulerLike;
  readonly onLog: (note: LogEntry) => void;
}

/**
 * Listens with one socket at each local address, as one listener. A reply then leaves from the address that was asked;
 * with a single socket, routing would choose it, and a connected client would ignore the reply. Datagrams to broadcast
 * or multicast addresses do not arrive.
 *
 * ```text
 * addresses        a,b-----a-----a-----a,c     looked up every 5 s while it is read
 * sockets          a,b-----a,b---a-----a,c     one that is missing twice is let go: what it had received is read by then
 * ```
 *
 * Emits when all sockets are bound to the same port. An address that cannot be bound yet (IPv6 while it is verified) is
 * tried again, and reported the second time. Later errors of one address do not end the others. Addresses that the
 * system does not list are not served: of 127.0.0.0/8 usually only 127.0.0.1 is.
 *
 * Errors with `ERR_ECHO_LISTEN` when an address is in use, or when port 0 was asked for and there is no address.
 */
export const listenPerAddress = (options: PerAddressOptions): Observable<UdpListener> => {
  const { port, bind, interfaces, scheduler } = options;
  return defer(() => {
    const binds = localAddresses(interfaces).map(
      (host) => (at: number) => bind(host, at).pipe(catchError(unlessNotYet)),
    );
    return bindAll(binds, port, scheduler);
  }).pipe(
    map((listeners) => {
      const bound = listeners[0]?.local.port ?? port;
      if (bound === 0) throw listenError('udp', { host: '', port }, notAvailable());
      return new PerAddressListener(listeners, { ...options, port: bound });
    }),
  );
};

const unlessNotYet = (error: unknown): Observable<never> =>
  codeOf(error) === NOT_YET ? EMPTY : throwError(() => error);

const NOT_YET = 'EADDRNOTAVAIL';
const codeOf = (error: unknown): string | undefined =>
  error instanceof EchoError ? (error.cause as NodeJS.ErrnoException | undefined)?.code : undefined;
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const notAvailable = () => Object.assign(new Error('this machine has no address'), { code: NOT_YET });

interface BoundAddress {
  readonly listener: UdpListener;
  reading?: Subscription;
  scansMissing: number;
}

class PerAddressListener implements UdpListener {
  readonly transport = 'udp';
  readonly local;
  readonly queue: KernelQueue<Datagram>;
  /** By the address as the interfaces spell it. */
  readonly #served = new Map<string, BoundAddress>();
  /** Addresses that could not be bound, with the number of attempts. */
  readonly #failures = new Map<string, number>();
  /** The totals of addresses that were removed. */
  #gone = noDatagrams;
  #read = false;

  constructor(
    listeners: readonly UdpListener[],
    private readonly options: PerAddressOptions,
  ) {
    this.local = { host: '', port: options.port };
    for (const listener of listeners) this.#served.set(listener.local.host, { listener, scansMissing: 0 });
    const capacity = (): number =>
      [...this.#served.values()].reduce((sum, { listener }) => sum + listener.queue.capacity, 0);
    this.queue = {
      get capacity() {
        return capacity();
      },
      sizeOf: listeners[0]?.queue.sizeOf ?? (() => 1),
    };
  }

  readonly datagrams$ = new Observable<Datagram>((subscriber) => {
    if (this.#read) throw new EchoError('ERR_ECHO_USED', 'The `datagrams$` of a listener can be used only once');
    this.#read = true;
    const { port, bind, interfaces, scheduler, onLog } = this.options;

    const serve = (host: string, served: BoundAddress): void => {
      this.#served.set(host, served);
      served.reading = served.listener.datagrams$.subscribe({
        next: (datagram) => subscriber.next(datagram),
        error: (error: unknown) => {
          this.#forget(host, served);
          onLog({ level: 'warn', message: `${formatEndpoint({ host, port })}: ${messageOf(error)}` });
        },
      });
      subscriber.add(served.reading);
    };
    const letGo = (host: string, served: BoundAddress): void => {
      this.#forget(host, served);
      served.reading?.unsubscribe();
      onLog({ level: 'info', message: `UDP no longer listens on ${host}: the address was removed` });
    };
    const fail = (host: string, error: unknown): void => {
      const failures = (this.#failures.get(host) ?? 0) + 1;
      this.#failures.set(host, failures);
      if (failures === 2)
        onLog({ level: 'warn', message: `${messageOf(error)}; ccecho retries while the address exists` });
    };
    const add = (host: string): void => {
      const binding = bind(host, port).subscribe({
        next: (listener) => {
          this.#failures.delete(host);
          serve(host, { listener, scansMissing: 0 });
          onLog({ level: 'info', message: `UDP also listens on ${host}: the address was added` });
        },
        error: (error: unknown) => fail(host, error),
      });
      subscriber.add(binding);
    };
    const scan = (): void => {
      if (!canListInterfaces(interfaces)) return;
      const hosts = new Set(localAddresses(interfaces));
      for (const [host, served] of this.#served) {
        served.scansMissing = hosts.has(host) ? 0 : served.scansMissing + 1;
        if (served.scansMissing === 2) letGo(host, served);
      }
      for (const host of this.#failures.keys()) if (!hosts.has(host)) this.#failures.delete(host);
      for (const host of hosts) if (!this.#served.has(host)) add(host);
    };
    for (const [host, served] of this.#served) serve(host, served);
    onLog({ level: 'debug', message: `UDP listens on ${[...this.#served.keys()].join(', ')}` });
    subscriber.add(interval(RESCAN_MS, scheduler).subscribe(scan));
  });

  get sockets(): readonly Endpoint[] {
    return [...this.#served.values()].flatMap(({ listener }) => listener.sockets);
  }

  get counts(): DatagramCounts {
    return [...this.#served.values()].reduce((sum, { listener }) => addCounts(sum, listener.counts), this.#gone);
  }

  #forget(host: string, { listener }: BoundAddress): void {
    this.#served.delete(host);
    this.#gone = addCounts(this.#gone, listener.counts);
  }

  close(): void {
    for (const { listener } of this.#served.values()) listener.close();
  }
}
