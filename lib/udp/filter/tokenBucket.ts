import type { SchedulerLike } from 'rxjs';

/**
 * Limits a rate: each event takes a token, and tokens return evenly. The bucket holds one second's worth.
 *
 * ```text
 * asked     aaaa------a-a----     two a second; 5 characters are half a second
 * passes    aa--------a-----
 * ```
 */
export class TokenBucket {
  #tokens: number;
  #filledAtMs: number;

  constructor(
    private readonly perSecond: number,
    private readonly scheduler: SchedulerLike,
    private readonly most = Math.max(1, perSecond),
  ) {
    this.#tokens = most;
    this.#filledAtMs = scheduler.now();
  }

  tryTake(): boolean {
    const nowMs = this.scheduler.now();
    const back = ((nowMs - this.#filledAtMs) / 1000) * this.perSecond;
    this.#tokens = Math.min(this.most, this.#tokens + back);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
