import type { Endpoint } from '../endpoint';
import type { EchoEvent } from '../events';
import { echoMetrics, type StageCounts } from './echoMetrics';
import { EchoTally } from './echoTally';
import { metricsServer, type MetricsServer } from './metricsServer';

export interface Metrics extends MetricsServer {
  /** To be told of every event of the server. */
  readonly follow: (event: EchoEvent) => void;
  /** From now on clients are to be sent elsewhere. */
  readonly notReady: () => void;
}

export interface StartMetricsOptions {
  readonly counts: StageCounts;
  readonly version: string;
}

/** Metrics and probes of one server over HTTP: ready from the first `listening` until `stopping`. See `metricsServer`. */
export const startMetrics = async (at: Endpoint, options: StartMetricsOptions): Promise<Metrics> => {
  const tally = new EchoTally();
  const registry = echoMetrics({ tally, ...options });
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
    tally.follow(event);
  };
  return { ...server, follow, notReady };
};
