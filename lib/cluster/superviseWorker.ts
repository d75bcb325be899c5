import {
  defer,
  map,
  merge,
  mergeMap,
  of,
  skip,
  Subject,
  take,
  throwError,
  type MonoTypeOperatorFunction,
  type Observable,
} from 'rxjs';
import { EchoError } from '../errors';
import type { EchoEvent } from '../events';
import type { PeerStats } from '../peer';
import { closeOpenPeers } from '../server/stop/closeOpenPeers';
import { eventLoopTurns$ } from '../server/stop/eventLoopTurns';
import type { DecisionRecord } from '../stageEnvironment';
import { deserializeEvents } from './serializedEvent';
import { forkWorker, type WorkerNotice } from './forkWorker';
import type { WorkerStats } from './workerStats';
import type { WorkerMessage, PrimaryMessage } from './messages';

type WorkerEvent = EchoEvent<PeerStats>;

/** What the workers of one server share. */
export interface WorkerContext {
  /** Tells this worker what to serve. */
  readonly serve$: Observable<PrimaryMessage>;
  /** Messages to all workers; a late worker also receives a stop. */
  readonly orders$: Observable<PrimaryMessage>;
  /** Kills a worker that does not end. */
  readonly kill$: Observable<unknown>;
  readonly stats: WorkerStats;
  readonly onFaultDecision: (record: DecisionRecord) => void;
  readonly onReady: () => void;
  /** The worker has ended or is about to, and can be replaced. */
  readonly onGone: () => void;
  readonly onServing: () => void;
  /** Whether all workers have served once; a failure before that fails the server. */
  readonly hasStarted: () => boolean;
  /** Whether the worker that this one replaces still drains. */
  readonly hasPredecessor: () => boolean;
  readonly isStopping: () => boolean;
}

/**
 * Runs one worker from fork to exit, as events: those of its peers and stages, and `workerExited` with the end of each
 * of its connections if it exits unexpectedly.
 *
 * Errors if it cannot serve before the server has started: with the worker's error, or with `ERR_ECHO_LISTEN`.
 */
export const superviseWorker = (worker: number, world: WorkerContext): Observable<WorkerEvent> =>
  defer(() => {
    const { serve$, orders$, kill$, stats, onFaultDecision, onReady, onGone, onServing, isStopping } = world;
    const { hasStarted, hasPredecessor } = world;
    const read = deserializeEvents();
    const ready$ = new Subject<void>();
    const answers$ = new Subject<PrimaryMessage>();
    let page: ReturnType<WorkerStats['open']> | undefined;
    let connections = 0;
    let done = false;
    let refused: Extract<WorkerMessage, { kind: 'refused' }> | undefined;
    let crashed = false;

    const happened = (event: WorkerEvent): Observable<WorkerEvent> => {
      if (event.kind === 'listening' && !page) {
        page = stats.open();
        onServing();
      }
      // The primary emits it once for all workers.
      if (event.kind === 'listening' || event.kind === 'stopping' || event.kind === 'stopped') return of();
      if (event.kind === 'opened' && event.peer.transport === 'tcp') connections += 1;
      if (event.kind === 'closed' && event.peer.transport === 'tcp') connections -= 1;
      return of(event);
    };

    const died = (reason: string): Observable<WorkerEvent> => {
      onGone();
      return of({ kind: 'workerExited', reason, connections: crashed ? 0 : connections, replaced: !isStopping() });
    };

    const ended = (how: string): Observable<WorkerEvent> => {
      if (page) stats.close(page);
      if (crashed || (isStopping() && (done || !page))) return of();
      if (!hasStarted() && !isStopping()) return throwError(() => cannotServe(worker, how, refused));
      // Its predecessor still drains, and holds the UDP socket.
      if (refused?.systemCode === 'EADDRINUSE' && hasPredecessor()) return (onGone(), of());
      return died(refused?.message ?? how);
    };

    const hear = (heard: WorkerNotice): Observable<WorkerEvent> => {
      switch (heard.kind) {
        case 'ready':
          ready$.next();
          onReady();
          return of();
        case 'event':
          return happened(read(heard.form));
        case 'onFaultDecision':
          onFaultDecision(heard.record);
          return of();
        case 'figures':
          page?.write(heard.figures);
          return of();
        case 'more':
          answers$.next({ kind: 'no more', question: heard.question });
          return of();
        case 'refused':
          refused = heard;
          return of();
        case 'crashed':
          // Before all workers serve, its exit tells the reason.
          if (!hasStarted()) return of();
          crashed = true;
          return died(heard.reason);
        case 'done':
          done = true;
          return of();
        case 'ended':
          return ended(heard.how);
      }
    };

    const told$ = ready$.pipe(mergeMap(() => merge(serve$, orders$, answers$.pipe(afterTurns))));
    return forkWorker(told$, kill$).pipe(
      mergeMap(hear),
      closeOpenPeers(),
      map((event) => ({ ...event, worker })),
    );
  });

/**
 * Two turns later: by then our event loop has polled and accepted everything that was queued. An accepted connection is
 * handed over at once, or waits for a worker that has not yet confirmed the one before.
 */
const afterTurns: MonoTypeOperatorFunction<PrimaryMessage> = mergeMap((order) =>
  eventLoopTurns$.pipe(
    skip(1),
    take(1),
    map(() => order),
  ),
);

const cannotServe = (worker: number, how: string, refused?: Extract<WorkerMessage, { kind: 'refused' }>): EchoError => {
  if (!refused) {
    const cause = new Error(how);
    return new EchoError('ERR_ECHO_LISTEN', `Worker ${worker} ended before it could listen (${how})`, { cause });
  }
  const { code, message, systemCode } = refused;
  return new EchoError(code, message, { cause: Object.assign(new Error(message), { code: systemCode }) });
};
