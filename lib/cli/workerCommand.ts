import { map, merge } from 'rxjs';
import { serveAsWorker } from '../cluster/serveAsWorker';
import { given } from '../given';
import { exitStatus } from './exitStatus';
import { faultsOf } from './faultsOf';
import { limitsOf } from './limitsOf';
import { operatorFailures } from './operatorFailures';
import { policyOf } from './policyOf';
import type { ServerFlags } from './serverProgram';
import { servingHere } from './servingHere';
import type { Terminal } from './terminal';

/**
 * `ccecho --workers <n>`, a worker's side: serves what the primary says, and tells it what happens. The signals of a terminal
 * go to all processes: what they mean, the primary tells.
 */
export const workerCommand = async (flags: ServerFlags, terminal: Terminal): Promise<number> => {
  const failures = operatorFailures(flags, terminal, (message) => void terminal.stderr.write(`ccecho: ${message}\n`));
  const stopAfterCrash$ = failures.failed$.pipe(map(() => ({ graceMs: flags.grace })));
  await serveAsWorker(failures.failed$, async () => {
    const faultsWith = await faultsOf(flags);
    return ({ hosts, port, udp, seed }, { requests$, decided, askAcceptor$ }) => {
      const decidedHere = flags.faultLog === undefined ? undefined : decided;
      const { events$, figures } = servingHere({
        ...policyOf(flags),
        ...limitsOf(flags),
        ...given({ faults: faultsWith?.(seed), decided: decidedHere }),
        tcp: true,
        udp,
        hosts,
        port,
        requests$: merge(requests$, stopAfterCrash$),
        askAcceptor$,
      });
      return { events$, figures };
    };
  });
  return exitStatus.ok;
};
