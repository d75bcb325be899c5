import type { Transport } from '../../endpoint';

/** The TCP payload of one Ethernet frame, in bytes. */
export const MSS_BYTES = 1460;

/** Draws for each segment or datagram, and receives the parts of frames. */
export interface SegmentVisitor<T> {
  /** @param at The byte offset where the segment begins (TCP), or the number of the datagram (UDP); both from 0. */
  draw(at: number): T;
  /** Called for each part of a frame that lies in one segment, with what was drawn for the segment. */
  part(bytes: number, at: number, drawn: T): void;
}

/**
 * Tracks the position in a stream, in segments or datagrams.
 *
 * A TCP segment has 1460 bytes. Draws depend on the position only: the same bytes get the same draws, however the
 * kernel cut the stream into chunks.
 */
export class Segments<T> {
  /** The byte offset (TCP) or the datagram number (UDP) of the next frame. */
  at = 0;
  /** What was drawn for the current segment. Undefined if the segment began in a frame that was passed. */
  #drawn: T | undefined;

  constructor(
    private readonly transport: Transport,
    /** The value for a segment that began in a frame that was passed. */
    private readonly none: T,
  ) {}

  /** Draws for each segment that begins in the frame, and calls `part` for each part. */
  visit(byteLength: number, visitor: SegmentVisitor<T>): void {
    if (this.transport === 'udp') {
      const at = this.at++;
      return visitor.part(byteLength, at, visitor.draw(at));
    }
    for (let left = byteLength; left > 0;) {
      const { at } = this;
      const into = at % MSS_BYTES;
      if (into === 0) this.#drawn = visitor.draw(at);
      const bytes = Math.min(left, MSS_BYTES - into);
      this.at += bytes;
      left -= bytes;
      visitor.part(bytes, at, this.#drawn ?? this.none);
    }
  }

  /** Passes a frame without drawing. @returns How many draws were skipped. */
  pass(byteLength: number): number {
    const { at } = this;
    if (this.transport === 'udp') {
      this.at += 1;
      return 1;
    }
    this.at += byteLength;
    const begun = Math.ceil(this.at / MSS_BYTES) - Math.ceil(at / MSS_BYTES);
    if (begun > 0) this.#drawn = undefined;
    return begun;
  }
}
