import { defer, identity, mergeMap, takeUntil, type OperatorFunction } from 'rxjs';
import type { EchoEvent } from '../events';
import type { Datagram } from '../peer';
import { flows, type FlowsOptions } from '../udp/flows';
import type { EchoControls } from './echoControls';
import { lifecycle } from './lifecycle';
import { takeUntilDrained } from './takeUntilDrained';

/**
 * The echo of datagrams through stages: each peer's datagrams are a flow, and go back to it through the stages.
 *
 * ```text
 * datagrams    --a--b--a-----
 * signal       ----------s---
 * echoFlows    --A--B-----(AB|)      opened at a peer's first datagram, closed when it fell silent or all is back
 * ```
 *
 * The signal ends the source before the flows, at the socket: one turn of the event loop reads datagrams of anyone.
 */
export const echoFlows = (controls: EchoControls<Datagram> & FlowsOptions): OperatorFunction<Datagram, EchoEvent> => {
  const { signal$, deadline$, queue, turns$, through = () => identity, ...options } = controls;
  return (datagrams$) =>
    datagrams$.pipe(
      takeUntilDrained(signal$, queue, turns$),
      flows(options),
      mergeMap((flow) => defer(() => flow.send(flow.bytes$.pipe(through(flow)))).pipe(lifecycle(flow))),
      takeUntil(deadline$),
    );
};
