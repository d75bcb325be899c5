import { EchoError } from '../../errors';
import { assertInRange } from '../../options';

/** The header of a probe: the run, then the sequence number, each 32 bits in network byte order. */
export const HEADER_BYTES = 8;

/** The largest payload of a UDP datagram over IPv6 without jumbograms. */
const MAX_BYTES = 65_527;

/**
 * The payloads of a run: a header with the run and the sequence number, then bytes that depend on both place and number,
 * or a repeated pattern. A payload shorter than the header has only the pattern: such probes are identified by their order.
 */
export class Payload {
  readonly #pattern: Buffer;

  /** @throws `ERR_ECHO_OPTION` for a size that is not from 0 to 65527. */
  constructor(
    readonly bytes: number,
    readonly run: number,
    pattern: Buffer = Buffer.alloc(0),
  ) {
    assertInRange('size', bytes, 0, MAX_BYTES);
    if (!Number.isInteger(bytes)) throw new EchoError('ERR_ECHO_OPTION', 'expected `size` to be a whole number');
    // One period more than a payload: the bytes of each number are a view that begins at another place.
    this.#pattern = Buffer.alloc(bytes + 256);
    for (let index = 0; index < this.#pattern.length; index += 1) {
      this.#pattern[index] = pattern.length > 0 ? pattern[index % pattern.length]! : index & 0xff;
    }
    this.#isFixed = pattern.length > 0;
  }

  readonly #isFixed: boolean;

  get hasHeader(): boolean {
    return this.bytes >= HEADER_BYTES;
  }

  /** Returns the payload of a probe. */
  of(seq: number): Buffer {
    const payload = Buffer.allocUnsafe(this.bytes);
    this.#bodyOf(seq).copy(payload);
    if (this.hasHeader) {
      payload.writeUInt32BE(this.run, 0);
      payload.writeUInt32BE(seq >>> 0, 4);
    }
    return payload;
  }

  /** Returns the low 32 bits of the sequence number that a header names; `undefined` without a header of this run. */
  seqIn(answer: Buffer, start = 0): number | undefined {
    if (!this.hasHeader || answer.length - start < HEADER_BYTES) return undefined;
    return answer.readUInt32BE(start) === this.run ? answer.readUInt32BE(start + 4) : undefined;
  }

  /** Returns whether `answer` from `start` to `end` has the bytes of a probe, or the first of them. */
  matches(seq: number, answer: Buffer, start = 0, end = answer.length): boolean {
    const length = end - start;
    if (length > this.bytes) return false;
    const from = this.hasHeader ? Math.min(HEADER_BYTES, length) : 0;
    return this.#bodyOf(seq).compare(answer, start + from, end, from, length) === 0;
  }

  #bodyOf(seq: number): Buffer {
    const start = this.#isFixed ? 0 : seq & 0xff;
    return this.#pattern.subarray(start, start + this.bytes);
  }
}
