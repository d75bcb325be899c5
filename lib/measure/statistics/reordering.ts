/** The arrivals that are searched for the extent of a reordered one. */
const WINDOW = 4096;

interface Arrival {
  readonly seq: number;
  readonly atMs: number;
}

/** The reordering metrics of RFC 4737, over answers in the order of arrival, without duplicates. */
export class Reordering {
  readonly #arrivals: Arrival[] = [];
  #next = -1;
  received = 0;
  /** Answers that arrived behind one with a larger sequence number. */
  reordered = 0;
  /** The largest number of positions by which one came late. */
  maxExtent = 0;
  /** The longest time by which one came late, in milliseconds. */
  maxLateMs = 0;

  /** @returns The extent and the n-reordering of the arrival; `undefined` if it is in order. */
  add(seq: number, atMs: number): { readonly extent: number; readonly n: number; readonly lateMs: number } | undefined {
    this.received += 1;
    this.#arrivals.push({ seq, atMs });
    if (this.#arrivals.length > WINDOW) this.#arrivals.shift();
    if (seq >= this.#next) {
      this.#next = seq + 1;
      return undefined;
    }
    const before = this.#arrivals.slice(0, -1);
    const earliest = before.findIndex((arrival) => arrival.seq > seq);
    const extent = before.length - earliest;
    const lateMs = atMs - before[earliest]!.atMs;
    let n = 0;
    while (n < before.length && before[before.length - 1 - n]!.seq > seq) n += 1;
    this.reordered += 1;
    this.maxExtent = Math.max(this.maxExtent, extent);
    this.maxLateMs = Math.max(this.maxLateMs, lateMs);
    return { extent, n, lateMs };
  }
}
