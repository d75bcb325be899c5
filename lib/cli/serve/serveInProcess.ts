import { defer, of, type Observable } from 'rxjs';
import type { Stats } from '../../cluster/sumStats';
import type { EchoEvent } from '../../events';
import { echoServer } from '../../server/echoServer';
import type { EchoServerOptions } from '../../server/serverOptions';
import { ServerStats } from '../../server/serverStats';
import type { Serving } from './serveAndLog';

/** Serves in this process, and returns the events with the stats. */
export const serveInProcess = (options: EchoServerOptions): Serving & { readonly events$: Observable<EchoEvent> } => {
  const { stats: serverStats = new ServerStats(), faults } = options;
  const stats = (): Stats => ({ traffic: serverStats.traffic, counts: faults?.counts() ?? {} });
  return {
    events$: echoServer({ ...options, stats: serverStats }),
    stats,
    requestStats: () => defer(() => of(stats())),
  };
};
