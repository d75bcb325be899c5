import { defer, identity, mergeMap, takeUntil, type OperatorFunction } from 'rxjs';
import type { EchoEvent } from '../events';
import type { Connection } from '../peer';
import type { EchoControls } from './echoControls';
import { lifecycle } from './lifecycle';
import { takeUntilDrained } from './takeUntilDrained';

/**
 * The echo: each connection's bytes go back to it.
 *
 * ```text
 * connections        --A----B-------
 * signal             ---------s-----
 * echoConnections    --a----b--a--b|      opened; and closed, once all is back that was sent before the signal
 * ```
 *
 * Three moments of a stop: accept what the kernel had accepted, read what it had received, and at the deadline cut the
 * rest. Completion drains, unsubscription aborts.
 */
export const echoConnections = (controls: EchoControls<Connection>): OperatorFunction<Connection, EchoEvent> => {
  const { signal$, deadline$, queue, turns$, through = () => identity } = controls;
  return (connections$) =>
    connections$.pipe(
      takeUntilDrained(signal$, queue, turns$),
      mergeMap((connection) =>
        defer(() =>
          connection.send(
            connection.bytes$.pipe(
              takeUntilDrained(signal$, connection.receiveQueue, turns$), //
              through(connection),
            ),
          ),
        ).pipe(lifecycle(connection)),
      ),
      takeUntil(deadline$),
    );
};
