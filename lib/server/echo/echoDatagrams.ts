import { takeUntil, type OperatorFunction } from 'rxjs';
import type { EchoEvent } from '../../events';
import type { Datagram, DroppedDatagram } from '../../peer';
import { ignoreReflections, type ReflectionGuard } from '../../udp/filter/reflectionGuard';
import { replyWith } from '../../udp/replyWith';
import type { PipelineControls } from '../run/pipelines';
import { takeUntilDrained } from '../stop/takeUntilDrained';

export interface EchoDatagramsOptions extends PipelineControls<Datagram> {
  /** Which datagrams are not answered, since another server may have sent them. Default: one of its own. */
  readonly guard?: ReflectionGuard;
  /** Called for each datagram that is not answered. Default: nothing is called. */
  readonly onDropped?: (dropped: DroppedDatagram) => void;
  /** Returns the event of an answer; `undefined` emits none, since one costs as much as the answer. Default: `answered`. */
  readonly eventOf?: (datagram: Datagram, bytes: number) => EchoEvent | undefined;
}

/**
 * The echo of datagrams, with nothing plugged in: each goes back whole to where it came from.
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
