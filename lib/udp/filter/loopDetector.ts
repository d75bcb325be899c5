import type { SchedulerLike } from 'rxjs';

/**
 * A datagram of ours that has not returned after this many others is not in a loop, because two sockets hold no more.
 */
const MOST_CIRCULATING = 1024;

/** After this long a pause nothing circulates any more, so a source that continues sends by itself. */
const PAUSE_MS = 500;

/** How much less often a test client is checked. */
const TEST_CLIENT_FACTOR = 10;

/**
 * Ends the loop of two echo servers, for one source. A loop returns exactly what we sent, and ends when one reply is
 * withheld. A rate cannot tell it from a busy test client.
 *
 * ```text
 * turns             10,000     10,000     10,000            a turn: a datagram that we sent is back
 * withheld                 1          2          4  …       a loop of seven datagrams has ended
 * withheld                 1  (pause)     100,000        1  a tester went on by itself
 * ```
 *
 * It remembers one datagram at a time, and looks for it among the next 1024 of the source; the datagrams until then
 * count as round trips. If it does not return, the source sends data of its own (a sequence number), and counting
 * starts again. While as many replies as were withheld continue to circulate, twice as many are withheld the next time.
 * A source that continues 500 ms after that, or after 512, is a test client that repeats itself, and is checked ten
 * times less often.
 */
export class LoopDetector {
  #sample: Uint8Array | undefined;
  /** The datagrams since the last sample was taken, or returned. */
  #seen = 0;
  /** When the next sample is taken. The first is late, because a forged source sends little. */
  #sampleAt: number;
  #samples = 0;
  #roundTrips = 0;
  #toWithhold = 0;
  #nextRun = 1;
  #withheldAtMs: number | undefined;

  /** @param turns The number of round trips after which a reply is withheld. */
  constructor(
    private turns: number,
    private readonly scheduler: SchedulerLike,
    private readonly testerTurns = turns * TEST_CLIENT_FACTOR,
  ) {
    this.#sampleAt = turns / 10;
  }

  /** Returns whether to answer a datagram of this source. */
  shouldAnswer(data: Buffer): boolean {
    this.#seen += 1;
    if (this.#withheldAtMs !== undefined) this.#judge(this.#withheldAtMs);
    if (this.#sample) this.#lookFor(this.#sample, data);
    if (this.#toWithhold === 0) return true;
    this.#toWithhold -= 1;
    this.#withheldAtMs = this.scheduler.now();
    return false;
  }

  /** Notes what is sent to this source. */
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

  /** Spread by the golden ratio, which has no period: a test client may repeat every n-th datagram. */
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

/** Most datagrams differ early or in length, and a call of the system's comparison costs more than eight of our own. */
const isSame = (a: Uint8Array, b: Buffer): boolean => {
  if (a.byteLength !== b.byteLength) return false;
  for (let at = 0; at < 8; at += 1) if (a[at] !== b[at]) return false;
  return b.equals(a);
};
