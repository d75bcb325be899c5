import { Observable, type OperatorFunction } from 'rxjs';
import { EchoError } from '../errors';
import type { EchoEvent, EndReason } from '../events';
import type { Peer } from '../peer';

/**
 * Turns the life of one peer into two events, `opened` and `closed`, whatever happens to it: a bad connection ends
 * alone, and says why.
 *
 * ```text
 * sent         --1--2-|          --1--#
 * isolate      o------(c|)       o----(c|)      o: opened, c: closed, with the reason
 * ```
 */
export const isolate =
  (peer: Peer): OperatorFunction<number, EchoEvent> =>
  (sent$) =>
    new Observable((subscriber) => {
      const close = (event: EchoEvent): void => {
        subscriber.next(event);
        subscriber.complete();
      };
      subscriber.next({ kind: 'opened', peer });
      if (subscriber.closed) return;
      return sent$.subscribe({
        error: (thrown: unknown) => close(closedBy(thrown, peer)),
        complete: () => close({ kind: 'closed', peer, why: peer.peerEnded ? 'ended' : 'completed' }),
      });
    });

const closedBy = (thrown: unknown, peer: Peer): EchoEvent => {
  const error = thrown instanceof EchoError ? thrown : unexpected(thrown);
  return { kind: 'closed', peer, why: reasonOf(error), error };
};

const reasonOf = ({ code }: EchoError): EndReason => {
  if (code === 'ERR_ECHO_RESET') return 'reset by fault';
  if (code === 'ERR_ECHO_CONNECTION') return 'reset by peer';
  return 'failed';
};

const unexpected = (thrown: unknown): EchoError => {
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  return new EchoError('ERR_ECHO_STAGE', `The stream failed: ${said}`, { cause: thrown });
};
