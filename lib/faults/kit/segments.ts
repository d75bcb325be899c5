import type { Transport } from '../../endpoint';

/** As much as an Ethernet frame carries of a TCP stream. */
export const MSS_BYTES = 1460;

/** Draws for a segment or a datagram, and is told of each part of a frame with what was drawn for it. */
export interface SegmentVisitor<T> {
  /** @param at Where it begins in the stream (TCP), or the number of the datagram (UDP); both from 0. */
  draw(at: number): T;
  part(bytes: number, at: number, drawn: T): void;
}

/**
 * The place in a stream, in segments of 1460 bytes (TCP) or in datagrams (UDP). What is drawn is drawn by that place: however
 * the kernel cut the stream into chunks, the same bytes meet the same draws.
 */
export class Segments<T> {
  /** Of what comes next: the offset (TCP), or the number of the datagram (UDP). */
  at = 0;
  /** What was drawn for the segment that has begun; nothing, where it was passed. */
  #drawn: T | undefined;

  constructor(
    private readonly transport: Transport,
    /** What counts as drawn for a segment that began when nothing was drawn. */
    private readonly none: T,
  ) {}

  /** Draws for each segment that begins in the frame, and tells of each part. */
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

  /** Passes a frame for which nothing is drawn. @returns For how many segments or datagrams that would have been. */
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
