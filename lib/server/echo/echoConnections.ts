import { defer, identity, mergeMap, takeUntil, type OperatorFunction } from 'rxjs';
import type { EchoEvent } from '../../events';
import type { Connection } from '../../peer';
import { lifecycle } from '../lifecycle';
import type { PipelineControls } from '../run/pipelines';
import { takeUntilDrained } from '../stop/takeUntilDrained';

/**
 * Sends the bytes of each connection back to it.
 *
 * ```text
 * connections        --A----B-------
 * signal             ---------s-----
 * echoConnections    --a----b--a--b|      opened; and closed, once all is back that was sent before the signal
 * ```
 *
 * A stop has three moments: accept what the kernel had accepted, read what it had received, and abort the rest at the
 * deadline. Completion drains, unsubscription aborts.
 */
export const echoConnections = (controls: PipelineControls<Connection>): OperatorFunction<Connection, EchoEvent> => {
  const { signal$, deadline$, queue, through = () => identity } = controls;
  return (connections$) =>
    connections$.pipe(
      takeUntilDrained(signal$, queue),
      mergeMap((connection) =>
        defer(() =>
          connection.bytes$.pipe(
            takeUntilDrained(signal$, connection.receiveQueue),
            through(connection),
            connection.writes(),
          ),
        ).pipe(lifecycle(connection)),
      ),
      takeUntil(deadline$),
    );
};
