import {
  concatMap,
  EMPTY,
  finalize,
  identity,
  lastValueFrom,
  map,
  merge,
  mergeMap,
  ReplaySubject,
  take,
  tap,
  type MonoTypeOperatorFunction,
  type Observable,
} from 'rxjs';
import type { Stats } from '../../cluster/sumStats';
import type { EchoEvent } from '../../events';
import { logEvents, type LineLogger } from '../../log/logEvents';
import { summarizeBursts } from '../../log/summarizeBursts';
import type * as logs from '../../log/createWinstonLogger';
import type { PeerStats } from '../../peer';
import type { FaultControl } from '../../faults/faultControl';
import type { DecisionRecord } from '../../stageEnvironment';
import type { StopRequest } from '../../server/stop/shutdownSchedule';
import type { Configuration } from '../config/readConfiguration';
import { faultLog } from '../stages/faultLog';
import { exitStatus } from '../exitStatus';
import { faultsFromFlags } from '../stages/faultsFromFlags';
import { handlerFromFlags } from '../stages/handlerFromFlags';
import type { NamedHandler } from '../stages/loadUseFile';
import { nextSteps } from './nextSteps';
import { operatorFailures } from './operatorFailures';
import { type Reloadable, reloadAndLog } from '../config/reload';
import type { ServerFlags } from '../args/createProgram';
import { exitStatusFrom } from '../exitStatusFrom';
import { stopRequests } from './stopRequests';
import type { ProcessContext } from '../processContext';
import { trafficLines } from './trafficLines';

/** A running server and its stats: as known in this process, and as requested from all workers. */
export interface Serving {
  readonly events$: Observable<EchoEvent<PeerStats>>;
  readonly stats: () => Stats;
  readonly requestStats: () => Observable<Stats>;
  /** The parts whose options can change while it serves. Default: none. */
  readonly reloadables?: readonly Reloadable[];
}

/** What the command line offers to a server. */
export interface ServingOptions {
  readonly faults: FaultControl | undefined;
  /** What is served instead of an echo. */
  readonly handler: NamedHandler | undefined;
  readonly requests$: Observable<StopRequest>;
  /** Emits at the first signal, when no more clients should be sent here. */
  readonly signalled$: Observable<unknown>;
  readonly onFaultDecision: ((record: DecisionRecord) => void) | undefined;
  readonly logger: LineLogger;
  readonly log: (message: string, event: string) => void;
}

/**
 * Runs a server until it has stopped, and logs it; resolves with the exit status.
 *
 * @param read Reads the configuration again, for a reload.
 */
export const serveAndLog = async (
  { flags, warnings }: Configuration,
  terminal: ProcessContext,
  read: () => ServerFlags,
  serve: (options: ServingOptions) => Serving | Promise<Serving>,
): Promise<number> => {
  const { faultLog: file, shutdownDelay: delayMs } = flags;
  const { signal$, summary$ = EMPTY, reload$ = EMPTY, stdout, stderr, colors } = terminal;
  // A signal that arrives during the start takes effect after it.
  const started$ = new ReplaySubject<Serving>(1);
  const onceStarted = <T>(ask: (server: Serving) => Observable<T> | Promise<T>) =>
    concatMap(() => started$.pipe(take(1), mergeMap(ask)));
  // Loaded here, because a worker writes no lines.
  const { createWinstonLogger } = require('../../log/createWinstonLogger') as typeof logs;
  const logger = createWinstonLogger({ level: flags.logLevel, format: flags.logFormat, stdout, stderr, ...colors });
  const warn = (message: string): void =>
    void logger.log({ level: 'warn', message, fields: { event: 'operator failed' }, to: 'stderr' });
  const failures = operatorFailures(flags, terminal, warn);
  const failed$ = failures.failed$.pipe(tap((message) => warn(`${message}: the server drains and exits`)));
  const { signalled$, requests$, subscription: signals } = stopRequests(merge(signal$, failed$), flags);
  const log = (message: string, event: string): void =>
    void logger.log({ level: 'info', message, fields: { event }, to: 'stderr' });

  for (const message of warnings) logger.log({ level: 'warn', message, fields: { event: 'configuration' } });
  const summarize = ({ traffic, counts }: Stats): void => {
    const lines = [...(faults?.summaries(counts) ?? []), ...(flags.summary ? trafficLines(traffic) : [])];
    for (const line of lines) log(line, 'summary');
  };
  signals.add(summary$.pipe(onceStarted((server) => server.requestStats())).subscribe(summarize));
  // Without a file, SIGHUP ends the process as when a terminal closes.
  if (flags.config !== undefined) signals.add(reload$.pipe(onceStarted(reloadAndLog(flags, read, logger))).subscribe());
  else signals.add(reload$.subscribe(() => terminal.hangUp?.()));

  const hint = (message: string): void =>
    void logger.log({ level: 'info', message: colors?.dim?.(message) ?? message, fields: { event: 'hint' } });

  const handler = await handlerFromFlags(flags);
  const faults = (await faultsFromFlags(flags))?.(flags.seed);
  const decisions = file === undefined ? undefined : faultLog(file);
  if (faults && flags.fault && flags.seed === undefined) {
    log(`ccecho: fault seed ${faults.seed} (repeat with --seed ${faults.seed})`, 'seed');
  }
  for (const note of faults?.notes() ?? []) log(`ccecho: ${note}`, 'note');
  const server = await serve({
    faults,
    handler,
    requests$,
    signalled$,
    onFaultDecision: decisions?.write,
    logger,
    log,
  });
  if (delayMs) {
    const delaying = `ccecho: continues to serve for ${delayMs / 1000} s, then stops (--shutdown-delay)`;
    signals.add(signalled$.subscribe(() => log(delaying, 'stop delay')));
  }
  try {
    const status = await lastValueFrom(
      server.events$.pipe(
        tap(({ kind }) => kind === 'stopped' && summarize(server.stats())),
        named(handler?.name),
        summarizeBursts(),
        logEvents(logger),
        flags.logFormat === 'text' && terminal.isInteractive && !handler ? nextSteps(hint) : identity,
        tap(({ kind }) => kind === 'listening' && started$.next(server)),
        exitStatusFrom(),
        finalize(() => signals.unsubscribe()),
      ),
    );
    return status === exitStatus.ok && failures.hasFailed() ? exitStatus.lost : status;
  } finally {
    const lost = (await decisions?.close()) ?? 0;
    const message = `--fault-log ${file}: ${lost} lines could not be written`;
    if (lost > 0) logger.log({ level: 'warn', message, fields: { event: 'fault log', lines: lost } });
  }
};

/** Gives the line that a server listens the name of what it serves. */
const named = (service: string | undefined): MonoTypeOperatorFunction<EchoEvent<PeerStats>> =>
  service === undefined ? identity : map((event) => (event.kind === 'listening' ? { ...event, service } : event));
