import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';
import { EchoError } from '../errors';
import type { EchoEvent, EndReason } from '../events';
import { Inner } from '../flow/inner';
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
      subscriber.next({ kind: 'opened', peer });
      if (!subscriber.closed) sent$.subscribe(new Life(peer, subscriber));
    });

/** A peer from `opened` to `closed`. A subscriber and no closures around one: each connection has its own. */
class Life extends Inner<number, EchoEvent> {
  constructor(
    private readonly peer: Peer,
    out: Subscriber<EchoEvent>,
  ) {
    super(out);
  }

  next(): void {
    // How many bytes the kernel has taken is the peer's to say.
  }

  override get awaitsEnd(): boolean {
    return true;
  }

  override error(thrown: unknown): void {
    this.#close(closedBy(thrown, this.peer));
  }

  override complete(): void {
    const { peer } = this;
    this.#close({ kind: 'closed', peer, why: peer.peerEnded ? 'ended' : 'completed' });
  }

  #close(event: EchoEvent): void {
    this.out.next(event);
    this.out.complete();
  }
}

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
