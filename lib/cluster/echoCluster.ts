import cluster from 'node:cluster';
import {
  concat,
  defer,
  delay,
  delayWhen,
  EMPTY,
  finalize,
  ignoreElements,
  map,
  merge,
  mergeMap,
  of,
  range,
  Subject,
  take,
  takeUntil,
  tap,
  timer,
  type Observable,
} from 'rxjs';
import type { EchoEvent } from '../events';
import { defaults } from '../options';
import type { PeerStats } from '../peer';
import type { EchoServerOptions } from '../server/serverOptions';
import { acceptQueueOverflows } from '../server/run/overflows';
import { report } from '../server/stop/report';
import type { DecisionRecord } from '../stageEnvironment';
import { shutdownSchedule } from '../server/stop/shutdownSchedule';
import { ServerStats } from '../server/serverStats';
import { sumStats, type Stats } from './sumStats';
import { bufferUntilStarted } from './bufferUntilStarted';
import { reserveAddress } from './reserveAddress';
import { WorkerStats } from './workerStats';
import type { PrimaryMessage } from './messages';
import { RestartBackoff } from './restartBackoff';
import { StartupSequence } from './startupSequence';
import { superviseWorker } from './superviseWorker';

/** The time for a worker to end by itself after the deadline, before it is killed. */
const KILL_AFTER_MS = 2000;

type WorkerEvent = EchoEvent<PeerStats>;

export interface EchoClusterOptions extends Pick<
  EchoServerOptions,
  'tcp' | 'udp' | 'hosts' | 'port' | 'wildcard' | 'scheduler' | 'requests$'
> {
  /** Sets the number of workers. Minimum: `1`. */
  readonly workers: number;
  /** Sets the script of a worker, which calls `serveAsWorker`, and its arguments. */
  readonly exec: string;
  readonly args: readonly string[];
  /** Seeds the faults; each worker derives a seed of its own. */
  readonly seed: number;
  /** Called for each decision of a fault, of any worker. Default: nothing is called. */
  readonly onFaultDecision?: (record: DecisionRecord & { readonly worker: number }) => void;
}

/** A server of several processes, with the events and the report of one server. */
export interface EchoCluster {
  readonly events$: Observable<WorkerEvent>;
  /** Returns the sum of what the workers last reported, at their end at the latest. */
  readonly stats: () => Stats;
  /** Asks all workers; emits the sum and completes. */
  readonly requestStats: () => Observable<Stats>;
}

/**
 * Serves an echo over several processes of node:cluster. The primary accepts connections and hands them to the workers
 * by round robin. It owns the signals, the log, the report and the exit status (024).
 *
 * ```text
 * worker 1     -l--o-----t--c(r|)
 * worker 2     --l---o---t-c(r|)
 * events$      --l-o-o---t-cc(r|)     listening once for all, and one report over all
 * ```
 *
 * Worker 1 serves UDP. A worker that exits is replaced and counted in the report. Errors as `echoServer` does.
 */
export const echoCluster = (options: EchoClusterOptions): EchoCluster => {
  const {
    workers,
    scheduler = defaults.scheduler,
    requests$,
    udp = false,
    onFaultDecision = () => undefined,
  } = options;
  const workerStats = new WorkerStats(scheduler);
  const asks$ = new Subject<PrimaryMessage>();
  /** What the primary itself observes: workers do not accept. */
  const own = new ServerStats();
  const stats = (): Stats => sumStats([workerStats.sum, { traffic: own.traffic, counts: {} }]);

  const events$ = defer(() => {
    cluster.schedulingPolicy = cluster.SCHED_RR;
    cluster.setupPrimary({ exec: options.exec, args: [...options.args] });
    const plan = shutdownSchedule(requests$, scheduler);
    const start = new StartupSequence(workers, reserveAddress(options), options.seed);
    let started = false;
    let stopping = false;

    const stops$ = plan.signal$.pipe(map(({ graceMs }): PrimaryMessage => ({ kind: 'stop', graceMs })));
    const aborts$ = plan.deadline$.pipe(map((): PrimaryMessage => ({ kind: 'stop', graceMs: 0, isSecond: true })));
    const context = {
      orders$: merge(stops$, aborts$, asks$),
      kill$: plan.deadline$.pipe(delay(KILL_AFTER_MS, scheduler)),
      stats: workerStats,
      hasStarted: () => started,
      isStopping: () => stopping,
    };
    const place = (worker: number): Observable<WorkerEvent> => {
      const respawn = new RestartBackoff(scheduler);
      let alive = 0;
      const occupied = (): Observable<WorkerEvent> => {
        const gone$ = new Subject<void>();
        const life$ = superviseWorker(worker, {
          ...context,
          serve$: start.serve(worker, udp),
          onFaultDecision: (record) => onFaultDecision({ worker, ...record }),
          onReady: () => start.ready(worker),
          onGone: () => gone$.next(),
          onServing: () => {
            respawn.serving();
            start.serving(worker);
          },
          hasPredecessor: () => alive > 1,
        });
        const next$ = gone$.pipe(
          take(1),
          delayWhen(() => timer(respawn.delayMs(), scheduler)),
          takeUntil(plan.signal$),
          mergeMap(occupied),
        );
        alive += 1;
        // A worker that crashed drains while its replacement serves.
        return merge(next$, life$.pipe(finalize(() => ((alive -= 1), gone$.complete()))));
      };
      return defer(occupied);
    };
    const served$ = range(1, workers).pipe(
      mergeMap(place),
      bufferUntilStarted(start.started$.pipe(tap(() => (started = true)))),
    );
    const cannotListen$ = start.address$.pipe(ignoreElements(), takeUntil(plan.signal$));
    const overflows$ = start.started$.pipe(
      takeUntil(plan.signal$),
      mergeMap(() => acceptQueueOverflows(plan.signal$, scheduler)),
      tap((event) => own.follow(event)),
    );
    return merge(
      overflows$,
      plan.signal$.pipe(
        tap(() => (stopping = true)),
        map((): WorkerEvent => ({ kind: 'stopping' })),
      ),
      served$,
      cannotListen$,
    ).pipe(
      report(),
      finalize(() => plan.subscription.unsubscribe()),
    );
  });
  const ask$ = defer(() => (asks$.next({ kind: 'sum' }), EMPTY));
  return {
    events$,
    stats,
    requestStats: () =>
      concat(
        defer(() => merge(workerStats.written$, ask$)).pipe(ignoreElements()),
        defer(() => of(stats())),
      ),
  };
};
