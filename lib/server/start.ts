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

/** Short, so that an `afterAll` ends in time. */
const GRACE_MS = 2000;

/** Options of a server for a test. Every option has a default. */
export interface StartOptions extends Partial<Omit<ServerOptions, 'hosts' | 'requests$' | 'faults'>> {
  /** Sets the address or addresses to bind. Default: `127.0.0.1`. */
  readonly host?: string | readonly string[];
  /** Sets the port, 0 to 65535; 0 picks a free one. Default: `0`. */
  readonly port?: number;
  /** Stops the server when it aborts or emits; a second value 500 ms or more later ends the drain. Default: none. */
  readonly signal?: AbortSignal | Observable<unknown>;
  /** Limits the time to drain at a stop, in milliseconds. Minimum: `0`. Default: `2000`. */
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
  /** The port number of all sockets. */
  readonly port: number;
  /** TCP first. */
  readonly addresses: readonly ServerAddress[];
  /** Emits the events: `listening` for every subscriber, then what happens from now on, `stopped` last. */
  readonly events: Observable<EchoEvent>;
  /**
   * Changes the stages while they run: parameters, on and off, the whole chain; and reads their counters. A server
   * without `stages` takes a path without them, and these methods throw `ERR_ECHO_OPTION`; an empty list is enough.
   */
  readonly faults: Faults;
  /**
   * Stops the server, and resolves with the report when everything has drained. A later call resolves with the same
   * report.
   */
  stop(options?: Partial<StopRequest>): Promise<StopReport>;
}

/**
 * Subscribes to a server, and resolves with its handle when it listens.
 *
 * @param serverOf Called with all options, including those of an echo.
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
  // All `listening` events come in one turn, when all sockets are bound.
  const listening$ = live$.pipe(filter((event): event is Listening => event.kind === 'listening'));
  const bound = firstValueFrom(listening$.pipe(takeUntil(listening$.pipe(observeOn(asapScheduler))), toArray()));
  const stopped = lastValueFrom(live$).then(reportOf);
  // A server that fails before anybody calls `stop` must not end the process.
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
