import { EchoError } from '../../errors';
import type { ServedConnection } from '../../peer';

/** Where the kernel's queue is not to be seen, so many idle timeouts pass before a connection that is owed bytes is cut. */
const UNSEEN_FACTOR = 10;

/** How long a connection has been silent, as far as it was looked at. */
export class IdleTracker {
  #moved: number;
  /** What the kernel held at the last reading, while nothing else moved. */
  #queued: number | undefined;

  constructor(
    readonly connection: ServedConnection,
    private sinceMs: number,
  ) {
    this.#moved = connection.activity;
  }

  /** Looks at it. @returns Whether nothing of it has moved for an idle timeout, so far as this process can see. */
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
   * Decides of a silent connection. One that is owed nothing is ended. One that is owed bytes may still take them: the
   * kernel asks for more only when a third of its buffer has drained. So it is cut when what the kernel holds is what it
   * held an idle timeout ago. Cut, not ended: behind a FIN, what was not read of it would be missing.
   *
   * @param queued What the kernel holds for its peer, where that can be seen.
   */
  judge(nowMs: number, idleMs: number, queued: number | undefined): void {
    // Meanwhile the event loop has polled: what had arrived is read.
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

  /** Once in order; a stage may keep the end to itself, and it is reset then, after as long again. */
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
