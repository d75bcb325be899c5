import { randomBytes } from 'node:crypto';
import type { Seen } from './load';
import { quantile } from './quantile';

/** Counts the messages that came back, how long each took, and what must not be: a byte that is not the one sent. */
export class Tally {
  #tripsMs: number[] = [];
  #sinceMs = performance.now();
  #wrong: string | undefined;

  /** So many messages that were sent together are back. */
  came(sentMs: number, count = 1, nowMs = performance.now()): void {
    for (let i = 0; i < count; i += 1) this.#tripsMs.push(nowMs - sentMs);
  }

  wrong(what: string): void {
    this.#wrong ??= what;
  }

  get messages(): number {
    return this.#tripsMs.length;
  }

  reset(): void {
    this.#tripsMs = [];
    this.#sinceMs = performance.now();
  }

  /** @throws When a byte was wrong: the run is void. */
  get seen(): Seen {
    if (this.#wrong !== undefined) throw new Error(`The run is void: ${this.#wrong}`);
    const { messages } = this;
    const seconds = (performance.now() - this.#sinceMs) / 1000;
    return {
      messages,
      perSecond: messages / seconds,
      p50Us: 1000 * quantile(this.#tripsMs, 0.5),
      p99Us: 1000 * quantile(this.#tripsMs, 0.99),
    };
  }
}

const PATTERN_BYTES = 512 * 1024;
const BURST_BYTES = 256 * 1024;
const drawn = randomBytes(PATTERN_BYTES);
const pattern = Buffer.concat([drawn, drawn.subarray(0, BURST_BYTES)]);

/** An endless stream of bytes that do not repeat soon: whatever is lost, doubled or moved shows. */
export class Pattern {
  /** @param position Where it starts: another for each connection. */
  constructor(private position: number) {}

  /** The next bytes to send, at most 256 KiB. */
  take(bytes: number): Buffer {
    const from = this.position % PATTERN_BYTES;
    this.position += bytes;
    return pattern.subarray(from, from + bytes);
  }

  /** Whether the first `bytes` of what was received come next. */
  matches(received: Buffer, bytes: number): boolean {
    const expected = this.take(bytes);
    return expected.compare(received, 0, bytes) === 0;
  }
}
