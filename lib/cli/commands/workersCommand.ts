import { echoCluster } from '../../cluster/echoCluster';
import { isWorker } from '../../cluster/serveAsWorker';
import { EchoError } from '../../errors';
import { omitUndefined } from '../../omitUndefined';
import type { Configuration } from '../config/readConfiguration';
import { serveAndLog } from '../serve/serveAndLog';
import type { ServerFlags } from '../args/createProgram';
import type { ProcessContext } from '../processContext';
import { workerCommand } from './workerCommand';

/** Runs the primary of `ccecho --workers <n>`, which starts ccecho again for each worker. */
export const workersCommand = async (
  configuration: Configuration,
  terminal: ProcessContext,
  read: () => ServerFlags,
): Promise<number> => {
  const { flags } = configuration;
  const { udp, host: hosts, port, workers = 1 } = flags;
  const { self } = terminal;
  if (isWorker()) return workerCommand(flags, terminal);
  if (!self) throw new EchoError('ERR_ECHO_OPTION', '--workers starts ccecho once more, and was not told how');
  return serveAndLog(configuration, terminal, read, ({ faults, requests$, onFaultDecision }) =>
    echoCluster({
      ...omitUndefined({ udp, hosts, onFaultDecision, wildcard: flags.udpWildcard }),
      exec: self.exec,
      // A replacement reads the file again, and is a worker whatever number it finds there.
      args: [...self.args, '--workers', String(workers)],
      tcp: true,
      port,
      workers,
      seed: faults?.seed ?? 0,
      requests$,
    }),
  );
};
