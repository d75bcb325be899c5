import { defer, last, map, tap, type OperatorFunction } from 'rxjs';
import type { EchoEvent } from '../events';
import type { PeerStats } from '../peer';
import { exitStatus } from './exitStatus';

/** Emits the exit status of a server, from its events. */
export const exitStatusFrom = (): OperatorFunction<EchoEvent<PeerStats>, number> => (events$) =>
  defer(() => {
    let listened = 0;
    let failed = 0;
    const count = ({ kind }: EchoEvent<PeerStats>): void => {
      if (kind === 'listening') listened += 1;
      if (kind === 'failed') failed += 1;
    };
    return events$.pipe(
      tap(count),
      last(),
      map((event) => {
        if (event.kind !== 'stopped') return exitStatus.bug;
        const { connectionsAborted, datagramsLost, workersLost = 0 } = event.report;
        if (connectionsAborted > 0 || datagramsLost > 0 || workersLost > 0) return exitStatus.lost;
        // A server that was stopped ends with success, even before it listened; one that lost its last listener does
        // not.
        return failed > 0 && failed === listened ? exitStatus.cannotListen : exitStatus.ok;
      }),
    );
  });
