import { lastValueFrom, map } from 'rxjs';
import { given } from '../given';
import { logEvents } from '../log/logEvents';
import { winstonLogger } from '../log/winstonLogger';
import { echoServer } from '../server/echoServer';
import type { ServerFlags } from './serverProgram';
import { statusOf } from './statusOf';
import type { Terminal } from './terminal';

/** `ccecho` alone: serves until it is told to stop; resolves with the exit status. */
export const serverCommand = (flags: ServerFlags, { signal$, stdout, stderr }: Terminal): Promise<number> => {
  const { tcp, udp, host: hosts, port, once = false, grace: graceMs } = flags;
  const logger = winstonLogger({ level: flags.logLevel, format: flags.logFormat, stdout, stderr });
  const requests$ = signal$.pipe(map(() => ({ graceMs })));
  const events$ = echoServer({ ...given({ tcp, udp, hosts }), port, once, requests$ });
  return lastValueFrom(events$.pipe(logEvents(logger), statusOf()));
};
