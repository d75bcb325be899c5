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
  /** Drops datagrams that another server may have sent. Default: a new guard. */
  readonly guard?: ReflectionGuard;
}

/**
 * Sends datagrams back through stages: each peer's datagrams are a flow.
 *
 * ```text
 * datagrams    --a--b--a-----
 * signal       ----------s---
 * echoFlows    --A--B-----(AB|)      opened at a peer's first datagram, closed when it fell silent or all is back
 * ```
 *
 * The signal completes the source and not each flow: a turn of the event loop reads the datagrams of all peers, so a
 * quiet turn of one flow says nothing.
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
