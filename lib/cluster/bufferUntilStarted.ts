import {
  concat,
  connect,
  mergeMap,
  takeUntil,
  tap,
  toArray,
  type MonoTypeOperatorFunction,
  type Observable,
} from 'rxjs';
import type { EchoEvent } from '../events';
import type { PeerStats } from '../peer';
import type { ListenAddress } from './reserveAddress';

/**
 * Emits `listening` when all workers listen, and buffers the events of the first ones until then.
 *
 * ```text
 * events       -a--b-----c--
 * begun$       ------p------
 * announced    ------(lab)c--      l: listening, for each address
 * ```
 */
export const bufferUntilStarted =
  (begun$: Observable<ListenAddress>): MonoTypeOperatorFunction<EchoEvent<PeerStats>> =>
  (source) =>
    source.pipe(
      connect((events$) => {
        let listening: ListenAddress['listening'] = [];
        const held$ = events$.pipe(takeUntil(begun$.pipe(tap((place) => (listening = place.listening)))), toArray());
        return concat(held$.pipe(mergeMap((held) => [...listening, ...held])), events$);
      }),
    );
