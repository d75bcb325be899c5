import { defer, type MonoTypeOperatorFunction } from 'rxjs';
import { isLoss } from '../dropReason';
import type { EchoEvent, EndReason, StopReport } from '../events';
import type { PeerAccount } from '../peer';
import { lastWords } from './lastWords';

/**
 * Ends the events of a server with its report: what the stop saved and what it lost, over what was alive when the
 * signal came or was read after it. What had ended before is nobody's loss, but for a worker that died.
 *
 * ```text
 * events    -o-o-s-c-x-|          opened, stopping, closed; x: cut
 * report    -o-o-s-c-x-(r|)       one drained, one cut
 * ```
 */
export const report =
  <P extends PeerAccount>(): MonoTypeOperatorFunction<EchoEvent<P>> =>
  (events$) =>
    defer(() => {
      let stopping = false;
      let sum: StopReport = { connectionsDrained: 0, connectionsCut: 0, bytesOwed: 0, datagramsLost: 0 };
      const follow = (event: EchoEvent<P>): void => {
        if (event.kind === 'stopping') stopping = true;
        if (event.kind === 'died') sum = { ...sum, workersLost: (sum.workersLost ?? 0) + 1 };
        if (stopping) sum = add(sum, event);
      };
      return events$.pipe(lastWords(follow, (): EchoEvent<P>[] => [{ kind: 'stopped', report: sum }]));
    });

const add = (sum: StopReport, event: EchoEvent<PeerAccount>): StopReport => {
  if (event.kind === 'closed') return addClosed(sum, event.peer, event.why);
  if (event.kind === 'dropped' && isLoss(event.reason)) return { ...sum, datagramsLost: sum.datagramsLost + 1 };
  return sum;
};

const addClosed = (sum: StopReport, peer: PeerAccount, why: EndReason): StopReport => {
  const { transport, bytesOwed, framesOwed, unread } = peer;
  if (transport === 'udp') {
    return why === 'cut' ? { ...sum, datagramsLost: sum.datagramsLost + framesOwed } : sum;
  }
  if (why === 'cut') {
    const connectionsUnread = (sum.connectionsUnread ?? 0) + (unread ? 1 : 0);
    return {
      ...sum,
      connectionsCut: sum.connectionsCut + 1,
      ...(connectionsUnread > 0 && { connectionsUnread }),
      bytesOwed: sum.bytesOwed + bytesOwed,
    };
  }
  const drained = why === 'ended' || why === 'completed' || (why === 'idle' && bytesOwed === 0);
  return drained ? { ...sum, connectionsDrained: sum.connectionsDrained + 1 } : sum;
};
