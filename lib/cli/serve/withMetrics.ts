import { finalize, tap, type Observable } from 'rxjs';
import { formatEndpoint, type Endpoint } from '../../endpoint';
import type { EchoEvent } from '../../events';
import type * as metrics from '../../metrics/startMetrics';
import type { ServerStats } from '../../server/serverStats';
import type { ServingOptions } from './serveAndLog';
import { version } from '../version';

/** Serves metrics beside the events of a server, from before they are subscribed until they end. */
export const withMetrics = async (
  events$: Observable<EchoEvent>,
  stats: ServerStats,
  at: Endpoint,
  { faults, signalled$, log }: ServingOptions,
): Promise<Observable<EchoEvent>> => {
  // Loaded on demand: it takes a fifth of a start (010).
  const { startMetrics } = require('../../metrics/startMetrics') as typeof metrics;
  const { local, follow, notReady, close } = await startMetrics(at, {
    stats,
    counts: () => faults?.counts() ?? {},
    version: version(),
  });
  log(`ccecho: metrics on http://${formatEndpoint(local)}/metrics`, 'metrics');
  const signals = signalled$.subscribe(notReady);
  return events$.pipe(
    tap(follow),
    finalize(() => {
      signals.unsubscribe();
      close();
    }),
  );
};
