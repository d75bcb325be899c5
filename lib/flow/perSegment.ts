import type { StageContext } from '../stage';

/** As much as an Ethernet frame carries of a TCP stream. */
export const SEGMENT_BYTES = 1460;

/** A part of a frame, with what was drawn for the segment in which it lies. */
export interface Part<T> {
  readonly bytes: number;
  /** Where the part begins in the stream (TCP), or the number of the datagram (UDP); both from 0. */
  readonly at: number;
  readonly drawn: T;
}

/**
 * Draws once for each segment of 1460 bytes of a TCP stream, by its place in the stream: however the kernel cut it into
 * chunks, the same bytes meet the same draws. On UDP, once for each datagram.
 */
export const perSegment = <T>(
  { transport, keep }: Pick<StageContext, 'transport' | 'keep'>,
  draw: (at: number) => T,
): ((frame: Buffer) => Part<T>[]) => {
  const place = keep('place', () => ({ at: 0, drawn: undefined as T }));
  if (transport === 'udp') return ({ byteLength }) => [{ bytes: byteLength, at: place.at, drawn: draw(place.at++) }];
  return (frame) => {
    const parts: Part<T>[] = [];
    for (let left = frame.byteLength; left > 0;) {
      const into = place.at % SEGMENT_BYTES;
      if (into === 0) place.drawn = draw(place.at);
      const bytes = Math.min(left, SEGMENT_BYTES - into);
      parts.push({ bytes, at: place.at, drawn: place.drawn });
      place.at += bytes;
      left -= bytes;
    }
    return parts;
  };
};
