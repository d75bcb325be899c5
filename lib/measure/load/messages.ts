/** How many messages differ from one another: a message that is lost, doubled or swapped among these is seen. */
const VARIANTS = 256;

/** The messages of a load: views of one buffer, which begin at a place that depends on their number. */
export class Messages {
  readonly #buffer: Buffer;

  constructor(readonly size: number) {
    this.#buffer = Buffer.alloc(size + VARIANTS);
    for (let index = 0; index < this.#buffer.length; index += 1) this.#buffer[index] = (index * 37) & 0xff;
  }

  /** Returns a view, which nothing may write to. */
  of(seq: number): Buffer {
    const start = seq % VARIANTS;
    return this.#buffer.subarray(start, start + this.size);
  }

  /** Whether `data` from `start` on has the bytes of a message from `offset` on, as many as `length`. */
  matches(seq: number, offset: number, data: Buffer, start: number, length: number): boolean {
    const from = (seq % VARIANTS) + offset;
    return this.#buffer.compare(data, start, start + length, from, from + length) === 0;
  }
}
