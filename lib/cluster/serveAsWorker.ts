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

/** The server of a worker: it is asked for its figures by the primary, and says them at its end. */
export interface WorkerServer {
  readonly events$: Observable<EchoEvent<PeerStats>>;
  readonly stats: () => Stats;
}

/** What the primary has to say to a server, and what it has to say to the primary. */
export interface WorkerControls {
  readonly requests$: Observable<StopRequest>;
  readonly onFaultDecision: (record: DecisionRecord) => void;
  readonly acceptQueueDrained$: Observable<unknown>;
}

/** Whether this process is a worker of `echoCluster`. */
export const isWorker = (): boolean => cluster.isWorker;

/**
 * A worker's side of `echoCluster`: gets ready, waits to be told what to serve, and tells the primary what happens.
 * Resolves when it was told to stop and has, or has told that it cannot serve. When the primary is gone, Node ends the
 * process at once: nobody would be left to accept for it, or to report.
 *
 * @param crashes$ Why this worker is not to be trusted any more: the primary is told, and another takes its place.
 * @param prepare Loads what is needed, before any socket opens.
 */
export const serveAsWorker = async (
  crashes$: Observable<string>,
  prepare: () => Promise<(order: ServeOrder, controls: WorkerControls) => WorkerServer>,
): Promise<void> => {
  const worker = cluster.worker!;
  const outbox = new Outbox(worker);
  // Before the primary hears that we are ready, which is when it begins to give orders.
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
