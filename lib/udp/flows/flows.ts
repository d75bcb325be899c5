import type { ParentBudget } from '../../budget';
import { Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import { assertKeys, type Keys } from '../../assertKeys';
import { byteBudget } from '../../backpressure/byteBudget';
import { defaults, assertInRange } from '../../options';
import type { Datagram, DroppedDatagram, Flow, ServedDatagram } from '../../peer';
import { FlowTable } from './flowTable';
import { UdpFlow, type FlowOwner } from './udpFlow';

export interface FlowsOptions {
  /** Limits how long a flow may be silent with nothing buffered, in milliseconds. Default: `60000`. */
  readonly idleMs?: number;
  /**
   * Limits the flows; a further one ends the least recently used. A function is called for each new flow. Minimum: `1`.
   * Default: `4096`.
   */
  readonly maxFlows?: number | (() => number);
  /** Sets the clock and the timer. Default: real time. */
  readonly scheduler?: SchedulerLike;
  /** Called for each datagram that no flow takes. Default: nothing is called. */
  readonly onDropped?: (dropped: DroppedDatagram) => void;
  /** Also charges what flows buffer to this budget, and drops datagrams while it is closed. Default: none. */
  readonly sharedBudget?: ParentBudget;
}

const flowsKeys: Keys<FlowsOptions> = {
  idleMs: true,
  maxFlows: true,
  scheduler: true,
  onDropped: true,
  sharedBudget: true,
};

/**
 * Groups datagrams into one flow for each peer.
 *
 * ```text
 * datagrams                  -a-b-a--b----b|     two peers
 * flows({ idleMs: 6 })       -A-B----------|     each emitted at its first datagram
 * A                          -a---a-----|        silent for idleMs
 * B                          ---b----b----b|     the source ended
 * ```
 *
 * After a stage has ended a flow (`limit`, `reset`), the datagrams of its peer are dropped until it has been silent for
 * `idleMs`. A flow that failed leaves at once, and the next datagram opens a new one. While all flows together buffer
 * 16 MiB, new datagrams are dropped and counted. Datagrams wait until a flow is read, so abort a flow that is not
 * wanted. Unsubscribing ends every flow, and what they buffer drains.
 *
 * `groupBy` would not do: it has no bound, and a group without a subscriber swallows its values.
 *
 * @throws `ERR_ECHO_OPTION` for an invalid option.
 */
export const flows = (options: FlowsOptions = {}): OperatorFunction<Datagram, Flow> => {
  const { idleMs = defaults.idleMs, maxFlows = defaults.maxFlows, scheduler = defaults.scheduler } = options;
  const { onDropped = () => undefined } = options;
  assertKeys('flows', options, flowsKeys);
  assertInRange('idleMs', idleMs, 1);
  const most = typeof maxFlows === 'function' ? maxFlows : () => maxFlows;
  assertInRange('maxFlows', most(), 1);
  return (datagrams$) =>
    new Observable((subscriber) => {
      const table = new FlowTable(idleMs, scheduler);
      const budget = byteBudget(options.sharedBudget);
      const held = budget.openAccount();
      let opened = 0;

      const owner: FlowOwner = {
        nowMs: () => scheduler.now(),
        remove: ({ entry }) => entry && table.delete(entry),
        endLater: (flow) => flow.end(),
        dropped: ({ remote }, { byteLength: bytes }) => onDropped({ reason: 'flow ended', remote, bytes }),
      };
      const open = (first: Datagram): void => {
        while (table.size >= most()) table.endOldest();
        const flow = new UdpFlow((opened += 1), first as ServedDatagram, held, owner);
        table.add(first, flow);
        // Before the flow is emitted: a subscriber that takes one flow and leaves still gets its first datagram.
        flow.push(first.data);
        subscriber.next(flow);
      };
      const receive = (datagram: Datagram): void => {
        if (!budget.open || options.sharedBudget?.open === false) {
          return onDropped({ reason: 'overlimit', remote: datagram.remote, bytes: datagram.data.byteLength });
        }
        const entry = table.hear(datagram);
        if (entry) entry.flow.push(datagram.data);
        else open(datagram);
      };

      subscriber.add(() => table.endAll());
      subscriber.add(
        datagrams$.subscribe({
          next: receive,
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            table.endAll();
            subscriber.complete();
          },
        }),
      );
    });
};
