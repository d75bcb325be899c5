import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';
import { EchoError } from '../errors';
import type { EndReason } from '../reasons';
import type { EchoEvent } from '../events';
import { ForwardingSubscriber } from '../streams/forwardingSubscriber';
import type { Peer, ServedPeer } from '../peer';

/**
 * Turns the life of a peer into two events, `opened` and `closed`. An error ends only this peer.
 *
 * ```text
 * handled      --1--2-|          --1--#
 * lifecycle    o------(c|)       o----(c|)      o: opened, c: closed, with the reason, when the socket has closed
 * ```
 *
 * It ends the peer whatever the handler does: with a FIN when the handler completes, with a reset when it errors. When
 * it is unsubscribed, it aborts the connection (020).
 */
export const lifecycle =
  (peer: Peer): OperatorFunction<unknown, EchoEvent> =>
  (handled$) =>
    new Observable((out) => {
      const life = new LifecycleSubscriber(peer as ServedPeer, out);
      out.add(life);
      (peer as ServedPeer).keepOpen();
      out.next({ kind: 'opened', peer });
      if (!out.closed) handled$.subscribe(life);
    });

/** Emits `opened`, follows the handler, and emits `closed`. */
class LifecycleSubscriber extends ForwardingSubscriber<unknown, EchoEvent> {
  #error: EchoError | undefined;
  #hasEnded = false;

  constructor(
    private readonly peer: ServedPeer,
    out: Subscriber<EchoEvent>,
  ) {
    super(out);
  }

  next(): void {
    // What a handler emits is ignored: the peer counts its traffic.
  }

  override error(thrown: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#error = thrown instanceof EchoError ? thrown : unexpected(thrown);
    this.peer.abort(this.#error);
    this.peer.onClosed(this.#onClosed);
  }

  override complete(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.peer.finish();
    this.peer.onClosed(this.#onClosed);
  }

  /** The deadline has come, or the server was unsubscribed. */
  override unsubscribe(): void {
    this.peer.destroy();
  }

  readonly #onClosed = (): void => {
    const { peer } = this;
    const error = this.#error;
    const reason = peer.endReason ?? (error ? reasonOf(error, peer) : peer.peerClosed ? 'ended' : 'completed');
    this.out.next({ kind: 'closed', peer, reason, ...(error && { error }) });
    this.out.complete();
  };
}

const reasonOf = ({ code, remote = undefined }: EchoError, peer: Peer): EndReason => {
  if (code === 'ERR_ECHO_RESET') return 'reset by fault';
  // An error of another connection, one of a relay, is a failure of the handler.
  const isOwn = remote === undefined || remote === peer.remote;
  return code === 'ERR_ECHO_CONNECTION' && isOwn ? 'reset by peer' : 'failed';
};

const unexpected = (thrown: unknown): EchoError => {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new EchoError('ERR_ECHO_STAGE', `The stream failed: ${reason}`, { cause: thrown });
};
