import { takeUntil, type OperatorFunction } from 'rxjs';
import type { EchoEvent } from '../events';
import type { Datagram } from '../peer';
import { replyWith } from '../udp/replyWith';
import type { EchoControls } from './echoControls';
import { takeUntilDrained } from './takeUntilDrained';

/**
 * The echo of datagrams, with nothing plugged in: each goes back whole to where it came from.
 *
 * ```text
 * datagrams        --a--b------
 * signal           -----s------
 * echoDatagrams    --a--b--|        answered
 * ```
 */
export const echoDatagrams = (controls: EchoControls<Datagram>): OperatorFunction<Datagram, EchoEvent> => {
  const { signal$, deadline$, queue, turns$ } = controls;
  return (datagrams$) =>
    datagrams$.pipe(
      takeUntilDrained(signal$, queue, turns$),
      replyWith(({ data }) => data, answered),
      takeUntil(deadline$),
    );
};

const answered = ({ remote }: Datagram, bytes: number): EchoEvent => ({ kind: 'answered', remote, bytes });
