import type cluster from 'node:cluster';
import { exhaustMap, interval, of } from 'rxjs';
import type { KernelQueue } from '../../budget';
import { defaults, type TcpServerOptions } from '../../options';
import type { Connection } from '../../peer';

/** The length of a tick in a worker, in milliseconds. Measured: 50 quiet ms lost no connection, two quiet turns did. */
const QUIET_MS = 50;

/** After these ticks (1 s) the primary has handed over what it had accepted; later connections are new. */
const MOST_QUIET_TIMES = 20;

/**
 * Returns the queue of connections that wait to be accepted.
 *
 * In a worker of node:cluster, which shares its port by round robin, the primary accepts. The worker does not see what
 * the primary has buffered, so it counts ticks of 50 ms instead of turns of the event loop.
 *
 * On a busy machine the primary can be silent for longer while it still has connections. If it can be asked
 * (`acceptQueueDrained$`), it must confirm each tick.
 */
export const acceptQueue = ({
  backlog = defaults.backlog,
  scheduler = defaults.scheduler,
  acceptQueueDrained$ = of(undefined),
}: Pick<TcpServerOptions, 'backlog' | 'scheduler' | 'acceptQueueDrained$'>): KernelQueue<Connection> => {
  // Not imported, because an import would load it at every start. Node itself loads it at the first `listen`.
  const { isWorker } = process.getBuiltinModule('node:cluster') as unknown as typeof cluster;
  if (!isWorker) return { capacity: backlog + 1, sizeOf: () => 1 };
  const quietTimes$ = interval(QUIET_MS, scheduler).pipe(exhaustMap(() => acceptQueueDrained$));
  return { capacity: Infinity, sizeOf: () => 1, quietTicks: () => quietTimes$, maxTicks: MOST_QUIET_TIMES };
};
