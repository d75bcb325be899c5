import { concat, defer, of, tap, type MonoTypeOperatorFunction } from 'rxjs';
import type { DropReason } from '../dropReason';
import type { EchoEvent, EndReason, StopReport } from '../events';
import type { Peer } from '../peer';

/**
 * Ends the events of a server with its report: what the stop saved and what it lost, over what was alive when the
 * signal came or was read after it. What had ended before is nobody's loss.
 *
 * ```text
 * events    -o-o-s-c-x-|          opened, stopping, closed; x: cut
 * report    -o-o-s-c-x-(r|)       one drained, one cut
 * ```
 */
export const report = (): MonoTypeOperatorFunction<EchoEvent> => (events$) =>
  defer(() => {
    let stopping = false;
    let sum: StopReport = { connectionsDrained: 0, connectionsCut: 0, bytesOwed: 0, datagramsLost: 0 };
    const follow = (event: EchoEvent): void => {
      if (event.kind === 'stopping') stopping = true;
      if (stopping) sum = add(sum, event);
    };
    return concat(
      events$.pipe(tap(follow)),
      defer(() => of<EchoEvent>({ kind: 'stopped', report: sum })),
    );
  });

const add = (sum: StopReport, event: EchoEvent): StopReport => {
  if (event.kind === 'closed') return addClosed(sum, event.peer, event.why);
  if (event.kind === 'dropped' && isLoss(event.reason)) return { ...sum, datagramsLost: sum.datagramsLost + 1 };
  return sum;
};

/** Nobody can answer port 0, and a stage that ended a flow meant it. */
const isLoss = (reason: DropReason): boolean => reason !== 'port 0' && reason !== 'flow ended';

const addClosed = (sum: StopReport, { transport, bytesOwed, framesOwed }: Peer, why: EndReason): StopReport => {
  if (transport === 'udp') {
    return why === 'cut' ? { ...sum, datagramsLost: sum.datagramsLost + framesOwed } : sum;
  }
  if (why === 'cut') {
    return { ...sum, connectionsCut: sum.connectionsCut + 1, bytesOwed: sum.bytesOwed + bytesOwed };
  }
  const drained = why === 'ended' || why === 'completed' || (why === 'idle' && bytesOwed === 0);
  return drained ? { ...sum, connectionsDrained: sum.connectionsDrained + 1 } : sum;
};
