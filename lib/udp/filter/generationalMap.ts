import { sourceKey } from './sourceKey';

/** How many sources a table knows at least; twice as many at most. */
const KEPT = 2048;

/**
 * What is known of each source of datagrams, for a bounded number of them: the last 2048 that were heard are kept, and
 * never more than twice as many, however many a flood makes up. Two generations in place of a list in the order of use,
 * since every datagram looks here: one that is heard moves to the young one, and when that is full the old one goes.
 *
 * @param make What to know of a new source.
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
