import { takeUntil, type OperatorFunction } from 'rxjs';
import type { EchoEvent } from '../../events';
import type { Datagram, DroppedDatagram } from '../../peer';
import { ignoreReflections, type ReflectionGuard } from '../../udp/filter/reflectionGuard';
import { replyWith } from '../../udp/replyWith';
import type { PipelineControls } from '../run/pipelines';
import { takeUntilDrained } from '../stop/takeUntilDrained';

export interface EchoDatagramsOptions extends PipelineControls<Datagram> {
  /** Drops datagrams that another server may have sent. Default: a new guard. */
  readonly guard?: ReflectionGuard;
  /** Called for each dropped datagram. Default: nothing is called. */
  readonly onDropped?: (dropped: DroppedDatagram) => void;
  /**
   * Returns the event of a reply. `undefined` emits none, because an event costs as much as the reply. Default:
   * `answered`.
   */
  readonly eventOf?: (datagram: Datagram, bytes: number) => EchoEvent | undefined;
}

/**
 * Sends each datagram back to its source, without stages.
 *
 * ```text
 * datagrams        --a--b------
 * signal           -----s------
 * echoDatagrams    --a--b--|        answered
 * ```
 */
export const echoDatagrams = (controls: EchoDatagramsOptions): OperatorFunction<Datagram, EchoEvent> => {
  const { signal$, deadline$, queue, guard, onDropped, eventOf = answered } = controls;
  return (datagrams$) =>
    datagrams$.pipe(
      takeUntilDrained(signal$, queue),
      ignoreReflections(guard, onDropped),
      replyWith(({ data }) => data, eventOf),
      takeUntil(deadline$),
    );
};

export const answered = ({ remote }: Datagram, bytes: number): EchoEvent => ({ kind: 'answered', remote, bytes });
