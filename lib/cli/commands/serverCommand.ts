import { canonicalHost, covers } from '../../net/canonicalHost';
import { formatEndpoint } from '../../endpoint';
import { EchoError } from '../../errors';
import { omitUndefined } from '../../omitUndefined';
import { transportsOf } from '../../server/serverOptions';
import { ServerStats } from '../../server/serverStats';
import type { Configuration } from '../config/readConfiguration';
import { reloadableFaults } from '../stages/faultsFromFlags';
import { policyFromFlags, reloadableAccess } from '../serve/policyFromFlags';
import { serveAndLog, type Serving, type ServingOptions } from '../serve/serveAndLog';
import { ServerLimits } from '../serve/serverLimits';
import type { ServerFlags } from '../args/createProgram';
import { serveInProcess } from '../serve/serveInProcess';
import type { ProcessContext } from '../processContext';
import { withMetrics } from '../serve/withMetrics';
import type * as several from './workersCommand';

/**
 * Serves until a signal to stop; resolves with the exit status.
 *
 * @param read Reads the configuration again, for a reload.
 */
export const serverCommand = async (
  configuration: Configuration,
  terminal: ProcessContext,
  read: () => ServerFlags,
): Promise<number> => {
  const { flags } = configuration;
  const { workers } = flags;
  refuseSamePort(flags);
  if (workers !== undefined) assertWorkersUseful(flags);
  if (workers !== undefined && workers > 1) {
    assertWorkersSupported(flags);
    const { workersCommand } = require('./workersCommand') as typeof several;
    return workersCommand(configuration, terminal, read);
  }
  return serveAndLog(configuration, terminal, read, (options) => serveAlone(flags, options));
};

const serveAlone = async (flags: ServerFlags, options: ServingOptions): Promise<Serving> => {
  const { tcp, udp, host: hosts, port, once = false, metrics } = flags;
  const { faults, handler, requests$, onFaultDecision, logger } = options;
  const limits = new ServerLimits(flags, logger);
  const policy = policyFromFlags(flags);
  const stats = new ServerStats();
  const echoOptions = {
    ...policy,
    ...omitUndefined({ tcp, udp, hosts, faults, onFaultDecision }),
    port,
    once,
    limits: limits.limits,
    interfaces: limits.interfaces,
    stats,
    requests$,
  };
  const server = serveInProcess(echoOptions, handler?.handler);
  return {
    ...server,
    events$: metrics ? await withMetrics(server.events$, stats, metrics, options) : server.events$,
    reloadables: [limits, reloadableAccess(policy.access), reloadableFaults(faults, handler)],
  };
};

/** Rejects `--metrics` on the port that is served, which the system's error would not name. Names are not resolved. */
const refuseSamePort = (flags: ServerFlags): void => {
  const { metrics, port, host: hosts = ['::'] } = flags;
  if (!metrics || metrics.port !== port || port === 0 || !transportsOf(flags).includes('tcp')) return;
  const at = metrics.host === '' ? '::' : canonicalHost(metrics.host);
  const isOne = hosts.map(canonicalHost).some((host) => covers(host, at) || covers(at, host));
  if (!isOne) return;
  throw new EchoError(
    'ERR_ECHO_OPTION',
    `--metrics ${formatEndpoint(metrics)} and --port ${port} use the same port; choose another one`,
  );
};

/** Rejects workers that have nothing to share. */
const assertWorkersUseful = (flags: ServerFlags): void => {
  if (flags.once) throw refused('cannot be combined with --once, which serves one client');
  if (transportsOf(flags).includes('tcp')) return;
  throw refused('has no effect without --tcp: one process serves UDP');
};

/**
 * Rejects options that need all connections in one process: on Node 20, a full worker returns its next connection and
 * receives it again.
 */
const assertWorkersSupported = ({ maxConnections, metrics }: ServerFlags): void => {
  if (maxConnections !== undefined)
    throw refused('cannot be combined with --max-connections, which counts in one process');
  if (metrics) throw refused('cannot be combined with --metrics, which shows one process');
};

const refused = (message: string): EchoError => new EchoError('ERR_ECHO_OPTION', `--workers ${message}`);
