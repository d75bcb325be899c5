import { map, mergeMap, takeUntil, type OperatorFunction } from 'rxjs';
import type { EchoEvent } from '../events';
import type { Datagram } from '../peer';
import type { EchoControls } from './echoControls';
import { takeUntilStill } from './takeUntilStill';

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
      takeUntilStill(signal$, queue, turns$),
      mergeMap((datagram) => datagram.reply(datagram.data).pipe(answered(datagram))),
      takeUntil(deadline$),
    );
};

const answered = ({ remote }: Datagram): OperatorFunction<number, EchoEvent> =>
  map((bytes) => ({ kind: 'answered', remote, bytes }));
