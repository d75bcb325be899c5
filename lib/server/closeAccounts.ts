import { defer, type MonoTypeOperatorFunction } from 'rxjs';
import type { EchoEvent } from '../events';
import type { PeerAccount } from '../peer';
import { Roster } from '../roster';
import { lastWords } from './lastWords';

/**
 * After the source has ended, closes the account of every peer that was opened and not closed: each `opened` is
 * followed by exactly one `closed`, also where the deadline cut it.
 *
 * ```text
 * events           --o1--o2--c1--|
 * closeAccounts    --o1--o2--c1--(c2|)
 * ```
 *
 * A peer to whom nothing was owed any more, and who only had not answered our FIN, was drained and not cut.
 */
export const closeAccounts =
  <P extends PeerAccount>(): MonoTypeOperatorFunction<EchoEvent<P>> =>
  (events$) =>
    defer(() => {
      const open = new Roster<P>('account');
      const follow = (event: EchoEvent<P>): void => {
        if (event.kind === 'opened') open.add(event.peer);
        if (event.kind === 'closed') open.delete(event.peer);
      };
      const cut = (peer: P): EchoEvent<P> => ({ kind: 'closed', peer, why: peer.flushed ? 'completed' : 'cut' });
      return events$.pipe(lastWords(follow, () => [...open].map(cut)));
    });
