import { defer, identity, mergeMap, takeUntil, type OperatorFunction } from 'rxjs';
import type { EchoEvent } from '../../events';
import type { Datagram } from '../../peer';
import { omitUndefined } from '../../omitUndefined';
import { flows, type FlowsOptions } from '../../udp/flows/flows';
import { ignoreReflections, ReflectionGuard } from '../../udp/filter/reflectionGuard';
import { lifecycle } from '../lifecycle';
import type { PipelineControls } from '../run/pipelines';
import { takeUntilDrained } from '../stop/takeUntilDrained';

export interface EchoFlowsOptions extends PipelineControls<Datagram>, FlowsOptions {
  /** Which datagrams are not answered, since another server may have sent them. Default: one of its own. */
  readonly guard?: ReflectionGuard;
}

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
export const echoFlows = (controls: EchoFlowsOptions): OperatorFunction<Datagram, EchoEvent> => {
  const { signal$, deadline$, queue, through = () => identity, guard = newGuard() } = controls;
  const { idleMs, maxFlows, scheduler, onDropped, sharedBudget } = controls;
  return (datagrams$) =>
    datagrams$.pipe(
      takeUntilDrained(signal$, queue),
      ignoreReflections(guard, onDropped),
      flows(omitUndefined({ idleMs, maxFlows, scheduler, onDropped, sharedBudget })),
      mergeMap((flow) =>
        defer(() => flow.bytes$.pipe(through(flow), guard.watch(flow.remote), flow.writes())).pipe(lifecycle(flow)),
      ),
      takeUntil(deadline$),
    );
};

const newGuard = (): ReflectionGuard => new ReflectionGuard({ sendsBack: false });
