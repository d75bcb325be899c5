import { defer, of, type Observable } from 'rxjs';
import type { Stats } from '../../cluster/sumStats';
import type { EchoEvent } from '../../events';
import { echoServer } from '../../server/echoServer';
import type { Handler } from '../../server/run/handlePipelines';
import { serveRequests } from '../../server/serve';
import type { EchoServerOptions } from '../../server/serverOptions';
import { ServerStats } from '../../server/serverStats';
import type { Serving } from './serveAndLog';

/** Serves an echo, or what a handler does, in this process, and returns the events with the stats. */
export const serveInProcess = (
  options: EchoServerOptions,
  handler?: Handler,
): Serving & { readonly events$: Observable<EchoEvent> } => {
  const { stats: serverStats = new ServerStats(), faults } = options;
  const stats = (): Stats => ({ traffic: serverStats.traffic, counts: faults?.counts() ?? {} });
  return {
    events$: handler
      ? serveRequests(handler, { ...options, stats: serverStats })
      : echoServer({ ...options, stats: serverStats }),
    stats,
    requestStats: () => defer(() => of(stats())),
  };
};
