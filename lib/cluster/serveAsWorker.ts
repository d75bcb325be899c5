import cluster from 'node:cluster';
import { defer, filter, firstValueFrom, lastValueFrom, ReplaySubject, take, tap, type Observable } from 'rxjs';
import { EchoError } from '../errors';
import type { EchoEvent } from '../events';
import type { PeerStats } from '../peer';
import type { DecisionRecord } from '../stageEnvironment';
import type { StopRequest } from '../server/stop/shutdownSchedule';
import { serializeEvents } from './serializedEvent';
import type { Stats } from './sumStats';
import type { PrimaryMessage, ServeOrder } from './messages';
import { Outbox } from './outbox';

/** The server of a worker, whose stats the primary requests. */
export interface WorkerServer {
  readonly events$: Observable<EchoEvent<PeerStats>>;
  readonly stats: () => Stats;
}

/** What a server receives from the primary, and sends to it. */
export interface WorkerControls {
  readonly requests$: Observable<StopRequest>;
  readonly onFaultDecision: (record: DecisionRecord) => void;
  readonly acceptQueueDrained$: Observable<unknown>;
}

/** Returns whether this process is a worker of `echoCluster`. */
export const isWorker = (): boolean => cluster.isWorker;

/**
 * Runs a worker: gets ready, receives what to serve, and sends its events to the primary. Resolves when it has stopped,
 * or has reported that it cannot serve. If the primary exits, Node ends the worker at once.
 *
 * @param crashes$ Emits the reason for which this worker must be replaced.
 * @param prepare Loads what is needed, before any socket opens.
 */
export const serveAsWorker = async (
  crashes$: Observable<string>,
  prepare: () => Promise<(order: ServeOrder, controls: WorkerControls) => WorkerServer>,
): Promise<void> => {
  const worker = cluster.worker!;
  const outbox = new Outbox(worker);
  // Subscribed before the worker reports that it is ready, because orders follow.
  const orders$ = new ReplaySubject<PrimaryMessage>(Infinity);
  worker.on('message', (order: PrimaryMessage) => orders$.next(order));
  crashes$.subscribe((reason) => outbox.send({ kind: 'crashed', reason }));
  const onFaultDecision = (record: DecisionRecord): void => outbox.send({ kind: 'onFaultDecision', record });
  let questions = 0;
  const acceptQueueDrained$ = defer(() => {
    const question = (questions += 1);
    outbox.send({ kind: 'more', question });
    return orders$.pipe(
      filter((order) => order.kind === 'no more' && order.question === question),
      take(1),
    );
  });
  try {
    const serve = await prepare();
    outbox.send({ kind: 'ready' });
    const first = await firstValueFrom(orders$.pipe(filter(({ kind }) => kind !== 'sum')));
    if (first.kind === 'serve')
      await tellAll(
        serve(first, { requests$: stopsOf(orders$), onFaultDecision, acceptQueueDrained$ }),
        orders$,
        outbox,
      );
    outbox.send({ kind: 'done' });
  } catch (error) {
    if (!(error instanceof EchoError)) throw error;
    const { code, message } = error;
    const systemCode = (error.cause as NodeJS.ErrnoException | undefined)?.code;
    outbox.send({ kind: 'refused', code, message, ...(systemCode !== undefined && { systemCode }) });
  }
  await outbox.close();
};

const tellAll = async (server: WorkerServer, orders$: Observable<PrimaryMessage>, outbox: Outbox): Promise<void> => {
  const write = serializeEvents();
  const tellFigures = (): void => outbox.send({ kind: 'figures', figures: server.stats() });
  const asked = orders$.pipe(filter(({ kind }) => kind === 'sum')).subscribe(tellFigures);
  await lastValueFrom(server.events$.pipe(tap((event) => outbox.send({ kind: 'event', form: write(event) }))));
  asked.unsubscribe();
  tellFigures();
};

const stopsOf = (orders$: Observable<PrimaryMessage>): Observable<StopRequest> =>
  orders$.pipe(filter((order) => order.kind === 'stop'));
