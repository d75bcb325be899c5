import { defer, type MonoTypeOperatorFunction } from 'rxjs';
import type { EchoEvent } from '../../events';
import type { PeerAccount } from '../../peer';
import { lastWords } from './endWithLazy';
import { cutEvents } from './report';
import { ServerStats } from '../serverStats';

/**
 * After the events of a worker have ended, closes every peer that was opened and not closed: each `opened` is followed by
 * exactly one `closed`.
 *
 * ```text
 * events           --o1--o2--c1--|
 * closeAccounts    --o1--o2--c1--(c2|)
 * ```
 */
export const closeAccounts =
  <P extends PeerAccount>(): MonoTypeOperatorFunction<EchoEvent<P>> =>
  (events$) =>
    defer(() => {
      const stats = new ServerStats<P>();
      const follow = (event: EchoEvent<P>): void => stats.follow(event);
      return events$.pipe(lastWords(follow, () => cutEvents(stats.openPeers)));
    });
