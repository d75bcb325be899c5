import { map, merge } from 'rxjs';
import { serveAsWorker } from '../../cluster/serveAsWorker';
import { given } from '../../omitUndefined';
import { exitStatus } from '../exitStatus';
import { faultsOf } from '../stages/faultsFromFlags';
import { limitsOf } from '../serve/limitsFromFlags';
import { operatorFailures } from '../serve/operatorFailures';
import { policyOf } from '../serve/accessFromFlags';
import type { ServerFlags } from '../args/createProgram';
import { servingHere } from '../serve/serveInProcess';
import type { Terminal } from '../processContext';

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
