import { delayLine, type Leave } from '../flow/delayLine';
import { formatCount } from '../units/format';
import { fault } from './fault';

export interface SliceOptions {
  /** The mean length of a piece, in bytes. Minimum: `1`. */
  readonly bytes: number;
  /** A piece is longer or shorter by up to this, in bytes; never shorter than one byte. Default: `0`. */
  readonly variationBytes?: number;
  /** From one piece to the next, in milliseconds; less than one adds up. Default: `0`. */
  readonly delayMs?: number;
}

/**
 * Cuts the stream into pieces, by the place in the stream and not by the chunk, with a pause between them. TCP only: a
 * reader that takes one read for one message shows itself here.
 *
 * ```text
 * 2 bytes, 2 ms    w------|  →  a-b-c--|        w: "abcdef", a: "ab", b: "cd", c: "ef"
 * ```
 *
 * Semantics: Toxiproxy's slicer.
 */
export const slice = fault({
  name: 'slice',
  transports: ['tcp'],
  says: 'cuts the stream into small pieces',
  source: 'Toxiproxy slicer',
  parameters: {
    bytes: { word: 'slice', kind: 'size', least: 1, says: 'the mean length of a piece' },
    variationBytes: { word: 'variation', kind: 'size', says: 'longer or shorter by up to this' },
    delayMs: { word: 'delay', kind: 'duration', says: 'from one piece to the next' },
  },
  defaults: { variationBytes: 0, delayMs: 0 },
  operator: (options: () => Required<SliceOptions>, context) => {
    const draws = context.random('length');
    /** What is left of the piece that has begun. */
    const piece = context.keep('piece', () => ({ leftBytes: 0 }));
    /** When it leaves. Not kept: what is switched off and on again has nothing to wait behind. */
    let dueMs = -Infinity;
    const begin = (nowMs: number): void => {
      const { bytes, variationBytes, delayMs } = options();
      const length = bytes + Math.round((2 * draws() - 1) * variationBytes);
      context.count('sliced');
      piece.leftBytes = Math.max(1, length);
      dueMs = Math.max(nowMs, dueMs + delayMs);
    };
    const plan = function* (frame: Buffer, nowMs: number): Iterable<Leave> {
      for (let left = frame.byteLength; left > 0;) {
        if (piece.leftBytes === 0) begin(nowMs);
        const bytes = Math.min(left, piece.leftBytes);
        piece.leftBytes -= bytes;
        left -= bytes;
        yield { bytes, dueMs };
      }
    };
    return delayLine({ plan, keepsCuts: true }, context);
  },
  summary: (counts) => {
    const sliced = counts.get('sliced') ?? 0;
    return sliced === 0 ? undefined : `cut into ${formatCount(sliced, 'piece')}`;
  },
});
