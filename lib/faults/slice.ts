import { delayLine, type DelayPolicy, type Departures } from './kit/delayLine';
import { Draws } from './kit/draws';
import type { StageContext } from '../stage';
import { formatCount } from '../format/formatUnits';
import { defineFault } from './kit/defineFault';

export interface SliceOptions {
  /** The length of a piece, in bytes; its mean with `variationBytes`. Minimum: `1`. */
  readonly bytes: number;
  /** The max difference from the mean length, in bytes. A piece has at least one byte. Default: `0`. */
  readonly variationBytes?: number;
  /** The time between two pieces, in milliseconds. Fractions of 1 ms add up. Default: `0`. */
  readonly delayMs?: number;
}

/**
 * Splits the stream into pieces with a pause between them. TCP only.
 *
 * The pieces depend on the position in the stream, not on the chunks. A reader that treats one read as one message
 * fails with this fault.
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
  description: 'splits the stream into small pieces',
  source: 'Toxiproxy slicer',
  parameters: {
    bytes: { key: 'slice', kind: 'size', min: 1, description: 'mean length of a piece' },
    variationBytes: { key: 'variation', kind: 'size', description: 'max difference from the mean length' },
    delayMs: { key: 'delay', kind: 'duration', description: 'time between two pieces' },
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
  /** The number of bytes that the current piece still needs. */
  readonly #piece: { leftBytes: number };
  readonly #draws: Draws;
  /** When the current piece leaves. Not in `state`: after off and on, there is no earlier piece to wait for. */
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
