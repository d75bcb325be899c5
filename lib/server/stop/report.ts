import { defer, type MonoTypeOperatorFunction } from 'rxjs';
import type { EchoEvent } from '../../events';
import type { PeerStats } from '../../peer';
import { endWithLazy } from './endWithLazy';
import { ServerStats } from '../serverStats';
import { StopTally } from './stopTally';

/**
 * Ends the events of a server: each `opened` is followed by exactly one `closed`, even at the deadline, and the last
 * event is the report.
 *
 * ```text
 * events    -o1-o2-s-c1-|            opened, stopping, closed
 * report    -o1-o2-s-c1-(c2r|)       one drained, one cut
 * ```
 *
 * A peer without pending bytes that had only not answered our FIN counts as drained.
 *
 * @param stats Follows the events. Default: a new one.
 */
export const report = <P extends PeerStats>(
  stats: ServerStats<P> = new ServerStats<P>(),
): MonoTypeOperatorFunction<EchoEvent<P>> => {
  const tally = new StopTally();
  const follow = (event: EchoEvent<P>): void => {
    stats.follow(event);
    tally.follow(event);
  };
  const ending = (): EchoEvent<P>[] => {
    const cuts = abortedEvents(stats.openPeers);
    cuts.forEach(follow);
    return [...cuts, { kind: 'stopped', report: tally.report }];
  };
  return (events$) => defer(() => events$.pipe(endWithLazy(follow, ending)));
};

/** Returns the `closed` event of every peer that is still open. */
export const abortedEvents = <P extends PeerStats>(peers: Iterable<P>): EchoEvent<P>[] =>
  [...peers].map((peer) => ({ kind: 'closed', peer, reason: peer.flushed ? 'completed' : 'aborted' }));
