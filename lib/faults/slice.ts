import { delayLine, type DelayPolicy, type Departures } from './kit/delayLine';
import { Draws } from './kit/draws';
import type { StageContext } from '../stage';
import { formatCount } from '../format/formatUnits';
import { defineFault } from './kit/defineFault';

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
export const slice = defineFault({
  name: 'slice',
  transports: ['tcp'],
  description: 'cuts the stream into small pieces',
  source: 'Toxiproxy slicer',
  parameters: {
    bytes: { key: 'slice', kind: 'size', min: 1, description: 'the mean length of a piece' },
    variationBytes: { key: 'variation', kind: 'size', description: 'longer or shorter by up to this' },
    delayMs: { key: 'delay', kind: 'duration', description: 'from one piece to the next' },
  },
  defaults: { variationBytes: 0, delayMs: 0 },
  operator: (options: () => Required<SliceOptions>, context) => delayLine(new SlicePolicy(options, context), context),
  summary: (counts) => {
    const sliced = counts.get('sliced') ?? 0;
    return sliced === 0 ? undefined : `cut into ${formatCount(sliced, 'piece')}`;
  },
});

class SlicePolicy implements DelayPolicy {
  readonly keepsPieces = true;
  /** What is left of the piece that has begun. */
  readonly #piece: { leftBytes: number };
  readonly #draws: Draws;
  /** When it leaves. Not kept: what is switched off and on again has nothing to wait behind. */
  #dueMs = -Infinity;

  constructor(
    private readonly options: () => Required<SliceOptions>,
    private readonly context: StageContext,
  ) {
    const { state, random } = context;
    this.#piece = state('piece', () => ({ leftBytes: 0 }));
    this.#draws = state('draws', () => new Draws(random, 'length'));
  }

  plan({ byteLength }: Buffer, nowMs: number, departures: Departures): void {
    for (let left = byteLength; left > 0;) {
      if (this.#piece.leftBytes === 0) this.#begin(nowMs);
      const bytes = Math.min(left, this.#piece.leftBytes);
      this.#piece.leftBytes -= bytes;
      left -= bytes;
      departures.leave(bytes, this.#dueMs);
    }
  }

  #begin(nowMs: number): void {
    const { bytes, variationBytes, delayMs } = this.options();
    const u = this.#draws.next();
    this.context.count('sliced');
    this.#piece.leftBytes = Math.max(1, bytes + Math.round((2 * u - 1) * variationBytes));
    this.#dueMs = Math.max(nowMs, this.#dueMs + delayMs);
  }
}
