/** So many values are remembered: enough for a stable median, and cheap to sort. */
const REMEMBERED = 63;

/** The median of the last values. */
export class RecentMedian {
  readonly #recent: number[] = [];
  #next = 0;

  /** Returns the median of the values before this one, `undefined` for the first, and remembers it. */
  push(value: number): number | undefined {
    const sorted = [...this.#recent].sort((one, other) => one - other);
    this.#recent[this.#next] = value;
    this.#next = (this.#next + 1) % REMEMBERED;
    return sorted[sorted.length >> 1];
  }
}
