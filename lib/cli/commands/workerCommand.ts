import { map, merge } from 'rxjs';
import { serveAsWorker } from '../../cluster/serveAsWorker';
import { omitUndefined } from '../../omitUndefined';
import { exitStatus } from '../exitStatus';
import { faultsFromFlags } from '../stages/faultsFromFlags';
import { handlerFromFlags } from '../stages/handlerFromFlags';
import { limitsFromFlags } from '../serve/serverLimits';
import { operatorFailures } from '../serve/operatorFailures';
import { policyFromFlags } from '../serve/policyFromFlags';
import type { ServerFlags } from '../args/createProgram';
import { serveInProcess } from '../serve/serveInProcess';
import type { ProcessContext } from '../processContext';

/** Serves as a worker of `ccecho --workers`: the primary decides what signals mean (024). */
export const workerCommand = async (flags: ServerFlags, terminal: ProcessContext): Promise<number> => {
  const failures = operatorFailures(flags, terminal, (message) => void terminal.stderr.write(`ccecho: ${message}\n`));
  const stopAfterCrash$ = failures.failed$.pipe(map(() => ({ graceMs: flags.grace })));
  await serveAsWorker(failures.failed$, async () => {
    const handler = await handlerFromFlags(flags);
    const faultsWith = await faultsFromFlags(flags);
    return ({ hosts, port, udp, seed }, { requests$, onFaultDecision, acceptQueueDrained$ }) => {
      const decidedHere = flags.faultLog === undefined ? undefined : onFaultDecision;
      const options = {
        ...policyFromFlags(flags),
        ...limitsFromFlags(flags),
        ...omitUndefined({ faults: faultsWith?.(seed), onFaultDecision: decidedHere }),
        tcp: true,
        udp,
        hosts,
        port,
        requests$: merge(requests$, stopAfterCrash$),
        acceptQueueDrained$,
      };
      const { events$, stats } = serveInProcess(options, handler?.handler);
      return { events$, stats };
    };
  });
  return exitStatus.ok;
};
