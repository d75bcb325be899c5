import { defer, type MonoTypeOperatorFunction } from 'rxjs';
import type { EchoEvent } from '../../events';
import type { PeerStats } from '../../peer';
import { endWithLazy } from './endWithLazy';
import { abortedEvents } from './report';
import { ServerStats } from '../serverStats';

/**
 * Appends a `closed` event for every peer that a worker opened and did not close before it exited.
 *
 * ```text
 * events           --o1--o2--c1--|
 * closeOpenPeers    --o1--o2--c1--(c2|)
 * ```
 */
export const closeOpenPeers =
  <P extends PeerStats>(): MonoTypeOperatorFunction<EchoEvent<P>> =>
  (events$) =>
    defer(() => {
      const stats = new ServerStats<P>();
      const follow = (event: EchoEvent<P>): void => stats.follow(event);
      return events$.pipe(endWithLazy(follow, () => abortedEvents(stats.openPeers)));
    });
