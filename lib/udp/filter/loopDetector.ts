import type { SchedulerLike } from 'rxjs';

/** A datagram of ours that is not back after so many others is not in a loop: no two sockets hold more. */
const MOST_CIRCULATING = 1024;

/** So long after the last that was withheld, nothing circulates any more, and who sends does it by himself. */
const PAUSE_MS = 500;

/** How much more rarely a source is tried that goes on by itself. */
const TEST_CLIENT_FACTOR = 10;

/**
 * Ends the loop of two echo servers, for one source: what is in a loop is exactly what we sent, and it dies when one
 * answer is withheld. A rate cannot tell it: an honest tester runs as fast.
 *
 * ```text
 * turns             10,000     10,000     10,000            a turn: a datagram that we sent is back
 * withheld                 1          2          4  …       a loop of seven datagrams has ended
 * withheld                 1  (pause)     100,000        1  a tester went on by itself
 * ```
 *
 * One datagram of ours at a time is remembered, and looked for among the next 1024 of the source; so many turns it
 * counts as came until it is back. One that does not come back means that the source says things of its own (a sequence
 * number), and all counting begins anew: such a source is never touched. While as many as we withheld go on without a
 * pause more may be circulating, and twice as many are withheld the next time. What went on for half a second after that, or
 * after 512, is a tester who repeats himself: it is tried ten times more rarely from then on.
 */
export class LoopDetector {
  #sample: Uint8Array | undefined;
  /** Datagrams since the last sample was taken, or was back. */
  #seen = 0;
  /** At how many of those the next sample is taken. At first late: who forges a source sends little from it. */
  #sampleAt: number;
  #samples = 0;
  #roundTrips = 0;
  #toWithhold = 0;
  #nextRun = 1;
  #withheldAtMs: number | undefined;

  /** @param turns After how many turns an answer is withheld. */
  constructor(
    private turns: number,
    private readonly scheduler: SchedulerLike,
    private readonly testerTurns = turns * TEST_CLIENT_FACTOR,
  ) {
    this.#sampleAt = turns / 10;
  }

  /** Whether to answer a datagram of this source. */
  shouldAnswer(data: Buffer): boolean {
    this.#seen += 1;
    if (this.#withheldAtMs !== undefined) this.#judge(this.#withheldAtMs);
    if (this.#sample) this.#lookFor(this.#sample, data);
    if (this.#toWithhold === 0) return true;
    this.#toWithhold -= 1;
    this.#withheldAtMs = this.scheduler.now();
    return false;
  }

  /** Something is sent to this source. */
  onSent(data: Uint8Array): void {
    if (this.#sample || this.#seen < this.#sampleAt) return;
    this.#sample = data;
    this.#roundTrips += this.#seen;
    this.#seen = 0;
  }

  #lookFor(sample: Uint8Array, data: Buffer): void {
    if (isSame(sample, data)) {
      this.#roundTrips += this.#seen;
      this.#resample();
      if (this.#roundTrips >= this.turns) this.#check();
    } else if (this.#seen > MOST_CIRCULATING) {
      this.#roundTrips = 0;
      this.#nextRun = 1;
      this.#resample();
    }
  }

  /**
   * Not always the very next answer: of a tester who repeats some of what he sends, only those would be met. And in no
   * period (the golden ratio has none): his own could be a multiple of it.
   */
  #resample(): void {
    this.#sample = undefined;
    this.#seen = 0;
    this.#samples += 1;
    this.#sampleAt = Math.imul(this.#samples, 0x9e3779b1) >>> 29;
  }

  #check(): void {
    this.#roundTrips = 0;
    if (this.#nextRun >= MOST_CIRCULATING) return this.#isTester();
    this.#toWithhold = this.#nextRun;
    this.#nextRun *= 2;
  }

  #judge(withheldAtMs: number): void {
    this.#withheldAtMs = undefined;
    if (this.scheduler.now() - withheldAtMs >= PAUSE_MS) this.#isTester();
  }

  #isTester(): void {
    this.turns = this.testerTurns;
    this.#toWithhold = 0;
    this.#nextRun = 1;
  }
}

/** Most differ early or in length: a call into the system's comparison is dearer than eight of our own. */
const isSame = (a: Uint8Array, b: Buffer): boolean => {
  if (a.byteLength !== b.byteLength) return false;
  for (let at = 0; at < 8; at += 1) if (a[at] !== b[at]) return false;
  return b.equals(a);
};
