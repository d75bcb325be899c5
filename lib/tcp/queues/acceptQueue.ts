import type cluster from 'node:cluster';
import { exhaustMap, interval, of } from 'rxjs';
import type { KernelQueue } from '../../budget';
import { defaults, type TcpServerOptions } from '../../options';
import type { Connection } from '../../peer';

/** Measured: two quiet turns lost up to 10 of 20 queued connections, 50 quiet milliseconds none. */
const QUIET_MS = 50;

/** After a second, what the primary had accepted before is handed over: thousands of connections; the rest is new. */
const MOST_QUIET_TIMES = 20;

/**
 * What may wait to be accepted. In a worker of node:cluster, which shares its port by round robin, the primary accepts:
 * what it holds, this process does not see. So a worker counts quiet times of 50 ms in place of turns, each of which the
 * primary has confirmed where it can be asked: on a busy machine it may be silent for longer, and hold everything.
 */
export const acceptQueue = ({
  backlog = defaults.backlog,
  scheduler = defaults.scheduler,
  acceptQueueDrained$ = of(undefined),
}: Pick<TcpServerOptions, 'backlog' | 'scheduler' | 'acceptQueueDrained$'>): KernelQueue<Connection> => {
  // Not imported: Node loads it itself, at the first `listen`, and nobody is to wait for it before that.
  const { isWorker } = process.getBuiltinModule('node:cluster') as unknown as typeof cluster;
  if (!isWorker) return { capacity: backlog + 1, sizeOf: () => 1 };
  const quietTimes$ = interval(QUIET_MS, scheduler).pipe(exhaustMap(() => acceptQueueDrained$));
  return { capacity: Infinity, sizeOf: () => 1, quietTicks: () => quietTimes$, maxTicks: MOST_QUIET_TIMES };
};
