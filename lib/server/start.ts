import {
  asapScheduler,
  concat,
  EMPTY,
  filter,
  firstValueFrom,
  from,
  fromEvent,
  lastValueFrom,
  map,
  merge,
  observeOn,
  of,
  Subject,
  take,
  takeUntil,
  toArray,
  type Observable,
} from 'rxjs';
import { assertKeys, type Keys } from '../assertKeys';
import type { Endpoint, Transport } from '../endpoint';
import { EchoError } from '../errors';
import type { EchoEvent, StopReport } from '../events';
import { omitUndefined } from '../omitUndefined';
import { assertInRange } from '../options';
import { FaultControl, type Faults } from '../faults/faultControl';
import { sharedKeys, transportsOf, type ServerOptions } from './serverOptions';
import type { StopRequest } from './stop/shutdownSchedule';

/** So that an `afterAll` ends in time. */
const GRACE_MS = 2000;

/** How a server for a test is started: what it does not say is the default of a test. */
export interface StartOptions extends Partial<Omit<ServerOptions, 'hosts' | 'requests$' | 'faults'>> {
  /** The address to bind, or several. Default: `127.0.0.1`. */
  readonly host?: string | readonly string[];
  /** 0 to 65535; 0 picks a free one. Default: `0`. */
  readonly port?: number;
  /** Stops the server when it aborts or emits; a second value 500 ms or more later ends the drain. Default: nothing does. */
  readonly signal?: AbortSignal | Observable<unknown>;
  /** How long a stop may drain, in milliseconds. Minimum: `0`. Default: `2000`. */
  readonly graceMs?: number;
}

export const startKeys: Keys<StartOptions> = { ...sharedKeys, host: true, signal: true, graceMs: true };
const stopKeys: Keys<StopRequest> = { graceMs: true, isSecond: true };

/** One bound socket of a server. */
export interface ServerAddress extends Endpoint {
  readonly transport: Transport;
}

/** A running server. */
export interface StartedServer extends AsyncDisposable {
  /** The port number that all sockets have. */
  readonly port: number;
  /** TCP first. */
  readonly addresses: readonly ServerAddress[];
  /** What happens: `listening` first, for every subscriber, then what comes from now on, `stopped` last. */
  readonly events: Observable<EchoEvent>;
  /**
   * The stages while they run: to change a parameter, to switch a fault on or off, to replace the chain, to read what
   * was counted. A server started without `stages` (an empty list will do) takes the direct path: these throw
   * `ERR_ECHO_OPTION` then.
   */
  readonly faults: Faults;
  /**
   * Stops: serves what was accepted and received, and resolves with what was drained and what was lost. Idempotent: a
   * later call resolves with the same report.
   */
  stop(options?: Partial<StopRequest>): Promise<StopReport>;
}

/**
 * Subscribes a server, and resolves with its handle once it listens.
 *
 * @param serverOf Given the options too that are its own: an echo has some.
 */
export const start = async (
  serverOf: (options: ServerOptions) => Observable<EchoEvent>,
  options: StartOptions,
): Promise<StartedServer> => {
  const { host = '127.0.0.1', port = 0, signal, graceMs = GRACE_MS, stages, seed, ...serverOptions } = options;
  assertInRange('graceMs', graceMs, 0);
  const stop$ = new Subject<StopRequest>();
  const requests$ = merge(stop$, signalOf(signal).pipe(map(() => ({ graceMs }))));
  const hosts = typeof host === 'string' ? [host] : host;
  const faults = stages && new FaultControl(stages, { transports: transportsOf(options), seed });
  const server$ = serverOf({ ...serverOptions, ...omitUndefined({ faults }), hosts, port, requests$ });
  return { ...(await running(server$, stop$, graceMs)), faults: faults ?? noFaults };
};

const signalOf = (signal: StartOptions['signal']): Observable<unknown> => {
  if (!(signal instanceof AbortSignal)) return signal ?? EMPTY;
  return signal.aborted ? of(signal.reason) : fromEvent(signal, 'abort').pipe(take(1));
};

const running = async (
  server$: Observable<EchoEvent>,
  stop$: Subject<StopRequest>,
  graceMs: number,
): Promise<Omit<StartedServer, 'faults'>> => {
  const live$ = new Subject<EchoEvent>();
  // All of them are told in one go, once all sockets are bound.
  const listening$ = live$.pipe(filter((event): event is Listening => event.kind === 'listening'));
  const bound = firstValueFrom(listening$.pipe(takeUntil(listening$.pipe(observeOn(asapScheduler))), toArray()));
  const stopped = lastValueFrom(live$).then(reportOf);
  // Told to whoever calls `stop`; nobody having called it is no reason to end the process.
  stopped.catch(() => undefined);
  server$.subscribe(live$);

  const listening = await bound;
  const [address] = listening;
  if (address === undefined) throw new EchoError('ERR_ECHO_STOPPED', 'The server was stopped before it listened');
  const stop = (request: Partial<StopRequest> = {}): Promise<StopReport> => {
    assertKeys('stop', request, stopKeys);
    stop$.next({ graceMs: assertInRange('graceMs', request.graceMs ?? graceMs, 0) });
    stop$.complete();
    return stopped;
  };
  return {
    port: address.local.port,
    addresses: listening.map(({ transport, local }) => ({ transport, ...local })),
    events: concat(from(listening), live$),
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
};

const faultsDisabled = (): never => {
  throw new EchoError(
    'ERR_ECHO_OPTION',
    'The server was started without stages, on the direct path; start it with `stages` (an empty list is enough)',
  );
};

const noFaults: Faults = {
  set: faultsDisabled,
  enable: faultsDisabled,
  disable: faultsDisabled,
  replace: faultsDisabled,
  counts: faultsDisabled,
};

type Listening = Extract<EchoEvent, { kind: 'listening' }>;

const reportOf = (last: EchoEvent): StopReport => {
  if (last.kind === 'stopped') return last.report;
  throw new EchoError('ERR_ECHO_STOPPED', 'The server ended without a report');
};
