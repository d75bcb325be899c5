/** A value, and what Memcached keeps with it. */
export interface Item {
  readonly flags: string;
  readonly value: Buffer;
  readonly cas: number;
  readonly expiresS: number;
}

/** What an item costs beside its key and value. */
const ITEM_BYTES = 64;

/** A map that evicts the least recently used items when it exceeds a number of bytes. */
export class Lru {
  /** In the order of use: a `Map` keeps the order in which keys were inserted. */
  readonly #items = new Map<string, Item>();
  bytes = 0;
  evictions = 0;

  constructor(readonly maxBytes: number) {}

  get size(): number {
    return this.#items.size;
  }

  get(key: string): Item | undefined {
    const item = this.#items.get(key);
    if (item) {
      this.#items.delete(key);
      this.#items.set(key, item);
    }
    return item;
  }

  set(key: string, item: Item): void {
    this.delete(key);
    this.#items.set(key, item);
    this.bytes += costOf(key, item);
    for (const oldest of this.#items.keys()) {
      if (this.bytes <= this.maxBytes) return;
      this.delete(oldest);
      this.evictions += 1;
    }
  }

  delete(key: string): boolean {
    const item = this.#items.get(key);
    if (item) this.bytes -= costOf(key, item);
    return this.#items.delete(key);
  }

  clear(): void {
    this.#items.clear();
    this.bytes = 0;
  }
}

const costOf = (key: string, { value }: Item): number => key.length + value.length + ITEM_BYTES;
