import type { SchedulerLike } from 'rxjs';

/** A worker that served for so long did not die of how it starts. */
const STABLE_AFTER_MS = 1000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/** How long a dead worker's place stays empty: not at all, but longer and longer where each dies as soon as it serves. */
export class RestartBackoff {
  #servingSinceMs: number | undefined;
  #shortLives = 0;

  constructor(private readonly scheduler: Pick<SchedulerLike, 'now'>) {}

  serving(): void {
    this.#servingSinceMs = this.scheduler.now();
  }

  /** To be asked once for each death. */
  delayMs(): number {
    const nowMs = this.scheduler.now();
    const isSound = nowMs - (this.#servingSinceMs ?? nowMs) >= STABLE_AFTER_MS;
    this.#servingSinceMs = undefined;
    this.#shortLives = isSound ? 0 : this.#shortLives + 1;
    return isSound ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#shortLives - 1));
  }
}
