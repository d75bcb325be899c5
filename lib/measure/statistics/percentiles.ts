import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Up to this many values the percentiles are exact. */
const MAX_EXACT = 1_000_000;

/**
 * Collects durations and returns their percentiles: exact up to a million values, then from a histogram of three digits.
 *
 * A percentile is the value of the nearest rank, `ceil(p / 100 * n)`. The rank is computed in integers: in floating point,
 * `ceil(0.999 * 1e6)` is 999,001. A percentile whose rank is the maximum says nothing of its own, and is `undefined`.
 */
export class Percentiles {
  #values = new Float64Array(1024);
  #sorted: Float64Array | undefined;
  #histogram: RecordableHistogram | undefined;
  count = 0;
  min = Infinity;
  max = -Infinity;
  #sum = 0;
  /** Welford's sum of squared deviations, which does not cancel out as a sum of squares does. */
  #squares = 0;

  constructor(private readonly maxExact = MAX_EXACT) {}

  get isExact(): boolean {
    return this.#histogram === undefined;
  }

  get mean(): number | undefined {
    return this.count === 0 ? undefined : this.#sum / this.count;
  }

  /** The standard deviation of the population, as ping's mdev. */
  get stddev(): number | undefined {
    return this.count === 0 ? undefined : Math.sqrt(this.#squares / this.count);
  }

  add(ms: number): void {
    const before = this.mean ?? ms;
    this.count += 1;
    this.#sum += ms;
    this.#squares += (ms - before) * (ms - this.#sum / this.count);
    if (ms < this.min) this.min = ms;
    if (ms > this.max) this.max = ms;
    if (this.#histogram) return this.#histogram.record(nanoseconds(ms));
    if (this.count > this.maxExact) return this.#toHistogram(ms);
    if (this.count > this.#values.length) {
      const grown = new Float64Array(this.#values.length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.count - 1] = ms;
    this.#sorted = undefined;
  }

  /** @param thousandths The percentile in thousandths: 999 is p99.9. */
  at(thousandths: number): number | undefined {
    const rank = Math.ceil((thousandths * this.count) / 1000);
    // The median of one value is that value, but p99 of ten values would be their maximum.
    if (this.count === 0 || (rank >= this.count && thousandths > 500)) return undefined;
    if (this.#histogram) return this.#histogram.percentile(thousandths / 10) / 1e6;
    this.#sorted ??= this.#values.slice(0, this.count).sort();
    return this.#sorted[Math.max(rank, 1) - 1];
  }

  /** How many values fall into each of `bars` intervals, whose widths grow logarithmically from the minimum to the maximum. */
  bars(bars = 10): { readonly fromMs: number; readonly toMs: number; readonly count: number }[] {
    if (this.count === 0 || this.#histogram) return [];
    const [low, high] = [Math.max(this.min, 1e-6), Math.max(this.max, 1e-6)];
    const step = Math.max((high / low) ** (1 / bars), 1 + 1e-9);
    const edges = Array.from({ length: bars + 1 }, (_, index) => (index === bars ? high : low * step ** index));
    const counts = new Array<number>(bars).fill(0);
    for (const ms of this.#values.subarray(0, this.count)) {
      const index = Math.floor(Math.log(Math.max(ms, low) / low) / Math.log(step));
      counts[Math.min(Math.max(index, 0), bars - 1)]! += 1;
    }
    return counts.map((count, index) => ({ fromMs: edges[index]!, toMs: edges[index + 1]!, count }));
  }

  #toHistogram(ms: number): void {
    const histogram = createHistogram({ lowest: 1, highest: 3.6e12, figures: 3 });
    for (const value of this.#values.subarray(0, this.count - 1)) histogram.record(nanoseconds(value));
    histogram.record(nanoseconds(ms));
    this.#histogram = histogram;
    this.#values = new Float64Array(0);
    this.#sorted = undefined;
  }
}

/** A histogram of Node takes integers from 1 up. */
const nanoseconds = (ms: number): number => Math.max(Math.round(ms * 1e6), 1);
