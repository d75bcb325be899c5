import { defer, of, type Observable } from 'rxjs';
import type { Stats } from '../../cluster/sumStats';
import type { EchoEvent } from '../../events';
import { echoServer } from '../../server/echoServer';
import type { EchoServerOptions } from '../../server/serverOptions';
import { ServerStats } from '../../server/serverStats';
import type { Serving } from './serveAndLog';

/** The server in this process, and its stats. */
export const serveInProcess = (options: EchoServerOptions): Serving & { readonly events$: Observable<EchoEvent> } => {
  const { stats: serverStats = new ServerStats(), faults } = options;
  const stats = (): Stats => ({ traffic: serverStats.traffic, counts: faults?.counts() ?? {} });
  return {
    events$: echoServer({ ...options, stats: serverStats }),
    stats,
    requestStats: () => defer(() => of(stats())),
  };
};
