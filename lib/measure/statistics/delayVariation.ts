/** The delay variation between consecutive probes that were both answered, RFC 3393 (IPDV), in milliseconds. */
export class DelayVariation {
  /** The round trips of the last sequence numbers, by `seq % WINDOW`. */
  readonly #rtts = new Float64Array(WINDOW);
  readonly #seqs = new Float64Array(WINDOW).fill(-1);
  pairs = 0;
  #sum = 0;
  /** The largest absolute variation. */
  max = 0;

  /** The mean absolute variation. */
  get mean(): number | undefined {
    return this.pairs === 0 ? undefined : this.#sum / this.pairs;
  }

  /** Adds the first answer of a probe, in any order. */
  add(seq: number, rttMs: number): void {
    this.#rtts[seq % WINDOW] = rttMs;
    this.#seqs[seq % WINDOW] = seq;
    const [before, after] = [this.#rttOf(seq - 1), this.#rttOf(seq + 1)];
    if (before !== undefined) this.#pair(rttMs - before);
    if (after !== undefined) this.#pair(after - rttMs);
  }

  #rttOf(seq: number): number | undefined {
    return seq >= 0 && this.#seqs[seq % WINDOW] === seq ? this.#rtts[seq % WINDOW] : undefined;
  }

  #pair(variationMs: number): void {
    const size = Math.abs(variationMs);
    this.pairs += 1;
    this.#sum += size;
    if (size > this.max) this.max = size;
  }
}

/** More than two answers of one pair are ever apart. */
const WINDOW = 65_536;

/** The interarrival jitter of RFC 3550, 6.4.1, in milliseconds: over answers in the order of arrival, without duplicates. */
export class InterarrivalJitter {
  #last: number | undefined;
  value = 0;

  add(rttMs: number): void {
    if (this.#last !== undefined) this.value += (Math.abs(rttMs - this.#last) - this.value) / 16;
    this.#last = rttMs;
  }
}
