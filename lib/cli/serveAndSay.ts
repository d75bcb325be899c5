import { concatMap, EMPTY, finalize, lastValueFrom, map, ReplaySubject, tap, type Observable } from 'rxjs';
import type { Figures } from '../cluster/figures';
import type { EchoEvent } from '../events';
import { logEvents } from '../log/logEvents';
import type * as logs from '../log/winstonLogger';
import type { PeerAccount } from '../peer';
import type { FaultControl } from '../server/faultControl';
import type { DecisionRecord } from '../server/stageContexts';
import type { StopRequest } from '../server/stopPlan';
import { decisionLog } from './decisionLog';
import { faultsOf } from './faultsOf';
import type { ServerFlags } from './serverProgram';
import { statusOf } from './statusOf';
import type { Terminal } from './terminal';
import { trafficLines } from './trafficLines';

/** A server with what it has done in figures: as known here, and once everybody who serves was asked. */
export interface Serving {
  readonly events$: Observable<EchoEvent<PeerAccount>>;
  readonly figures: () => Figures;
  readonly askFigures: () => Observable<Figures>;
}

/** What a server is given by its command line. */
export interface ServingOptions {
  readonly faults: FaultControl | undefined;
  readonly requests$: Observable<StopRequest>;
  readonly decided: ((record: DecisionRecord) => void) | undefined;
}

/** Runs a server until it has stopped, and says what there is to say of it; resolves with the exit status. */
export const serveAndSay = async (
  flags: ServerFlags,
  terminal: Terminal,
  serve: (options: ServingOptions) => Serving,
): Promise<number> => {
  const { grace: graceMs, faultLog } = flags;
  const { signal$, summary$ = EMPTY, stdout, stderr } = terminal;
  // From the first moment: a signal that comes while files are loaded is a signal.
  const requests$ = new ReplaySubject<StopRequest>(2);
  const signals = signal$.pipe(map(() => ({ graceMs }))).subscribe(requests$);
  // Loaded by whoever writes lines: a worker writes none.
  const { winstonLogger } = require('../log/winstonLogger') as typeof logs;
  const logger = winstonLogger({ level: flags.logLevel, format: flags.logFormat, stdout, stderr });
  const say = (message: string, event: string) =>
    logger.log({ level: 'info', message, fields: { event }, to: 'stderr' });

  const faults = (await faultsOf(flags))?.(flags.seed);
  const decisions = faultLog === undefined ? undefined : decisionLog(faultLog);
  if (faults && flags.fault && flags.seed === undefined) {
    say(`ccecho: fault seed ${faults.seed} (repeat with --seed ${faults.seed})`, 'seed');
  }
  for (const note of faults?.notes() ?? []) say(`ccecho: ${note}`, 'note');
  const summarize = ({ traffic, counts }: Figures): void => {
    const lines = [...(faults?.summaries(counts) ?? []), ...(flags.summary ? trafficLines(traffic) : [])];
    for (const line of lines) say(line, 'summary');
  };
  const server = serve({ faults, requests$, decided: decisions?.write });
  const summaries = summary$.pipe(concatMap(() => server.askFigures())).subscribe(summarize);
  try {
    return await lastValueFrom(
      server.events$.pipe(
        tap(({ kind }) => kind === 'stopped' && summarize(server.figures())),
        logEvents(logger),
        statusOf(),
        finalize(() => [summaries, signals].forEach((each) => each.unsubscribe())),
      ),
    );
  } finally {
    await decisions?.close();
  }
};
