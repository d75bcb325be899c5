import type { Endpoint } from '../endpoint';
import type { EchoEvent } from '../events';
import type { ServerStats } from '../server/serverStats';
import { echoMetrics, type StageCounts } from './echoMetrics';
import { metricsServer, type MetricsServer } from './metricsServer';

export interface Metrics extends MetricsServer {
  /** Follows every event of the server: it is ready once it listens. */
  readonly follow: (event: EchoEvent) => void;
  /** Makes `/readyz` fail from now on. */
  readonly notReady: () => void;
}

export interface StartMetricsOptions {
  readonly stats: ServerStats;
  readonly counts: StageCounts;
  readonly version: string;
}

/**
 * Serves metrics and probes of one server over HTTP. It is ready from the first `listening` until `stopping`; see
 * `metricsServer`.
 */
export const startMetrics = async (at: Endpoint, options: StartMetricsOptions): Promise<Metrics> => {
  const registry = echoMetrics(options);
  let readiness: 'starting' | 'ready' | 'stopping' = 'starting';
  const notReady = (): void => void (readiness = 'stopping');
  const server = await metricsServer(at, {
    contentType: registry.contentType,
    metrics: () => registry.metrics(),
    isReady: () => readiness === 'ready',
  });
  const follow = (event: EchoEvent): void => {
    if (event.kind === 'listening' && readiness === 'starting') readiness = 'ready';
    if (event.kind === 'stopping') notReady();
  };
  return { ...server, follow, notReady };
};
