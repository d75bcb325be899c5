import type cluster from 'node:cluster';
import { interval, take } from 'rxjs';
import type { KernelQueue } from '../flow/kernelQueue';
import { defaults, type TcpServerOptions } from '../options';
import type { Connection } from '../peer';

/** Measured: two quiet turns lost up to 10 of 20 queued connections, 50 quiet milliseconds none. */
const QUIET_MS = 50;

/** So long the primary may take to hand over what it had accepted: thousands of connections. */
const HANDOVER_MS = 1000;

/**
 * What may wait to be accepted. In a worker of node:cluster, which shares its port by round robin, the primary accepts:
 * what it holds, this process does not see, and only time tells that it holds nothing. So a worker counts quiet
 * milliseconds in place of turns, for a second at most.
 */
export const acceptQueue = ({
  backlog = defaults.backlog,
  scheduler = defaults.scheduler,
}: Pick<TcpServerOptions, 'backlog' | 'scheduler'>): KernelQueue<Connection> => {
  // Not imported: Node loads it itself, at the first `listen`, and nobody is to wait for it before that.
  const { isWorker } = process.getBuiltinModule('node:cluster') as unknown as typeof cluster;
  if (!isWorker) return { capacity: backlog + 1, weigh: () => 1 };
  return {
    capacity: Infinity,
    weigh: () => 1,
    turns$: interval(QUIET_MS, scheduler).pipe(take(HANDOVER_MS / QUIET_MS)),
  };
};
