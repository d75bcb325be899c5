import type { SchedulerLike } from 'rxjs';

/** A worker that has served this long did not fail because of its start. */
const STABLE_AFTER_MS = 1000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/** Delays the replacement of a worker: not at all, but longer each time if workers exit as soon as they serve. */
export class RestartBackoff {
  #servingSinceMs: number | undefined;
  #shortLives = 0;

  constructor(private readonly scheduler: Pick<SchedulerLike, 'now'>) {}

  serving(): void {
    this.#servingSinceMs = this.scheduler.now();
  }

  /** Call it once for each exit. */
  delayMs(): number {
    const nowMs = this.scheduler.now();
    const isSound = nowMs - (this.#servingSinceMs ?? nowMs) >= STABLE_AFTER_MS;
    this.#servingSinceMs = undefined;
    this.#shortLives = isSound ? 0 : this.#shortLives + 1;
    return isSound ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#shortLives - 1));
  }
}
