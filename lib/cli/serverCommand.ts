import { concatMap, EMPTY, finalize, identity, lastValueFrom, tap } from 'rxjs';
import { formatEndpoint } from '../endpoint';
import { given } from '../given';
import { logEvents } from '../log/logEvents';
import { sayBursts } from '../log/sayBursts';
import { winstonLogger } from '../log/winstonLogger';
import type * as metrics from '../metrics/startMetrics';
import type { Metrics } from '../metrics/startMetrics';
import { echoServer } from '../server/echoServer';
import type { FaultControl } from '../server/faultControl';
import { decisionLog } from './decisionLog';
import { faultsOf, reloadableFaults } from './faultsOf';
import { reload } from './reload';
import type { ServerFlags } from './serverProgram';
import { ServerLimits } from './serverLimits';
import { statusOf } from './statusOf';
import { stopRequests } from './stopRequests';
import type { Terminal } from './terminal';
import { TrafficSummary } from './trafficSummary';
import { version } from './version';

/**
 * `ccecho` alone: serves until it is told to stop; resolves with the exit status.
 *
 * @param read Reads the configuration again, for a reload.
 */
export const serverCommand = async (
  flags: ServerFlags,
  terminal: Terminal,
  read: () => ServerFlags,
): Promise<number> => {
  const { tcp, udp, host: hosts, port, once = false, faultLog } = flags;
  const { signal$, summary$ = EMPTY, reload$ = EMPTY, stdout, stderr } = terminal;
  const { signalled$, requests$, subscription: signals } = stopRequests(signal$, flags);
  const logger = winstonLogger({ level: flags.logLevel, format: flags.logFormat, stdout, stderr });
  const say = (message: string, event: string) =>
    logger.log({ level: 'info', message, fields: { event }, to: 'stderr' });

  const faults = await faultsOf(flags);
  const decisions = faultLog === undefined ? undefined : decisionLog(faultLog);
  if (faults && flags.fault && flags.seed === undefined) {
    say(`ccecho: fault seed ${faults.seed} (repeat with --seed ${faults.seed})`, 'seed');
  }
  for (const note of faults?.notes() ?? []) say(`ccecho: ${note}`, 'note');
  const limits = new ServerLimits(flags, logger);
  const traffic = new TrafficSummary();
  const summarize = (): void => {
    const lines = [...(faults?.summaries() ?? []), ...(flags.summary ? traffic.lines() : [])];
    for (const line of lines) say(line, 'summary');
  };
  const metrics = await metricsOf(flags, faults);
  if (metrics) say(`ccecho: metrics on http://${formatEndpoint(metrics.local)}/metrics`, 'metrics');
  signals.add(
    signalled$.subscribe(() => {
      metrics?.notReady();
      if (flags.stopDelay)
        say(`ccecho: serving on for ${flags.stopDelay / 1000} s, then stopping (--stop-delay)`, 'stop delay');
    }),
  );
  const server$ = echoServer({
    ...given({ tcp, udp, hosts, faults, decided: decisions?.write }),
    port,
    once,
    limits: limits.limits,
    requests$,
  });
  signals.add(summary$.subscribe(summarize));
  let running = flags;
  // Those who can take other values while they serve; lists of addresses will stand here too.
  const parts = [limits, reloadableFaults(faults)];
  const reloadOnce = async (): Promise<void> => {
    const { level, message, flags: now } = await reload(running, read, parts);
    running = now;
    logger.log({
      level,
      message: level === 'info' ? `ccecho: ${message}` : message,
      fields: { event: 'reload' },
      to: 'stderr',
    });
  };
  // Without a file there is nothing to read again, and SIGHUP is what it is everywhere: the terminal is gone.
  if (flags.config !== undefined) signals.add(reload$.pipe(concatMap(reloadOnce)).subscribe());
  try {
    return await lastValueFrom(
      server$.pipe(
        tap((event) => traffic.follow(event)),
        metrics ? tap(metrics.follow) : identity,
        tap(({ kind }) => kind === 'stopped' && summarize()),
        sayBursts(),
        logEvents(logger),
        statusOf(),
        finalize(() => signals.unsubscribe()),
      ),
    );
  } finally {
    metrics?.close();
    await decisions?.close();
  }
};

/** Loaded when it is asked for; what it needs is a fifth of a start. */
const metricsOf = async (flags: ServerFlags, faults: FaultControl | undefined): Promise<Metrics | undefined> => {
  if (!flags.metrics) return undefined;
  const { startMetrics } = require('../metrics/startMetrics') as typeof metrics;
  return startMetrics(flags.metrics, { counts: () => faults?.counts() ?? {}, version: version() });
};
