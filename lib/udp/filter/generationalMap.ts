import { sourceKey } from './sourceKey';

/** The minimum number of sources that are kept; twice as many at most. */
const KEPT = 2048;

/**
 * Keeps a value for each of the last 2048 sources, and for at most twice as many. It has two generations instead of a
 * list, because every datagram looks here: a source that is used moves to the young one, and when that is full the old
 * one is discarded.
 *
 * @param make Makes the value of a new source.
 */
export class GenerationalMap<T extends object> {
  #young = new Map<number | string, T>();
  #old: ReadonlyMap<number | string, T> = new Map();

  constructor(private readonly make: () => T) {}

  of(address: string, port: number, ipv4?: number): T {
    const key = sourceKey(address, port, ipv4);
    return this.#young.get(key) ?? this.#renewed(key);
  }

  #renewed(key: number | string): T {
    const entry = this.#old.get(key) ?? this.make();
    if (this.#young.size >= KEPT) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, entry);
    return entry;
  }
}
