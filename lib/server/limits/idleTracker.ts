import { EchoError } from '../../errors';
import type { ServedConnection } from '../../peer';

/**
 * The number of idle timeouts after which a connection with pending bytes is reset, if the kernel does not show its
 * queue.
 */
const UNSEEN_FACTOR = 10;

/** Tracks how long a connection has been silent. */
export class IdleTracker {
  #moved: number;
  /** The bytes that the kernel held at the last reading, while nothing else moved. */
  #queued: number | undefined;

  constructor(
    readonly connection: ServedConnection,
    private sinceMs: number,
  ) {
    this.#moved = connection.activity;
  }

  /** Checks the connection. @returns Whether nothing has moved for an idle timeout, as far as this process can see. */
  check(nowMs: number, idleMs: number): boolean {
    const { activity, isIdle } = this.connection;
    if (activity !== this.#moved || !isIdle) {
      this.#moved = activity;
      this.#queued = undefined;
      this.sinceMs = nowMs;
    }
    return nowMs - this.sinceMs >= idleMs;
  }

  /**
   * Decides about a silent connection. Without pending bytes it is ended. With pending bytes the peer may still be
   * reading, because the kernel reports room only when a third of its buffer has drained; so the connection is reset
   * only if the kernel holds as much as an idle timeout ago. It is reset and not ended: a FIN would hide that bytes are
   * missing (011).
   *
   * @param queued The bytes that the kernel holds for the peer, if that is known.
   */
  judge(nowMs: number, idleMs: number, queued: number | undefined): void {
    // By now the event loop has polled, so that what had arrived has been read.
    if (!this.check(nowMs, idleMs)) return;
    const isOwed = this.connection.bytesPending > 0;
    if (queued === undefined) {
      if (isOwed && nowMs - this.sinceMs >= idleMs * UNSEEN_FACTOR) this.#abort(nowMs);
      else if (!isOwed) this.#end(nowMs);
    } else if (!isOwed && queued === 0) this.#end(nowMs);
    else if (queued === this.#queued) this.#abort(nowMs);
    else {
      this.#queued = queued;
      this.sinceMs = nowMs;
    }
  }

  /** First in order. A stage may keep the end to itself; then the connection is reset after as long again. */
  #end(nowMs: number): void {
    const wasEnded = this.connection.endReason !== undefined;
    this.sinceMs = nowMs;
    this.connection.endReason ??= 'idle';
    if (wasEnded) this.connection.abort();
    else this.connection.end();
  }

  #abort(nowMs: number): void {
    this.sinceMs = nowMs;
    this.connection.endReason = 'not taken';
    this.connection.abort(new EchoError('ERR_ECHO_ABORTED', 'The peer did not read its pending bytes'));
  }
}
