import { map } from 'rxjs';

import { perSegment, SEGMENT_BYTES } from '../flow/perSegment';
import type { StageContext } from '../stage';
import { formatShare } from '../units/format';
import { fault } from './fault';

export interface CorruptOptions {
  /** The share of datagrams (TCP: segments of 1460 bytes) that are damaged, 0..1. */
  readonly p?: number;
  /** In place of `p`: the share of bits that are flipped, wherever they lie, 0..1. */
  readonly ber?: number;
  /** How many bits of a damaged frame are flipped. Minimum: `1`. Default: `1`. */
  readonly bits?: number;
}

type Settled = CorruptOptions & Required<Pick<CorruptOptions, 'bits'>>;

/**
 * Flips bits; no byte more, no byte less.
 *
 * ```text
 * drawn .5, .05, .5    abc|   →  aBc|
 * ```
 *
 * The place of the damage is drawn by the place in the stream: the same seed and the same bytes meet the same damage,
 * however the stream was cut into chunks. The buffer is copied first. Semantics: tc-netem's corrupt; `ber` is the bit
 * error rate of a line.
 */
export const corrupt = fault({
  name: 'corrupt',
  transports: ['tcp', 'udp'],
  says: 'flips bits',
  source: 'tc-netem corrupt',
  parameters: {
    p: { word: 'corrupt', kind: 'probability', optional: true, says: 'the share of frames that are damaged' },
    ber: { word: 'ber', kind: 'ratio', says: 'in its place, the share of bits: 1e-6' },
    bits: { word: 'bits', kind: 'count', least: 1, most: 64, says: 'flipped in a damaged frame' },
  },
  defaults: { bits: 1 },
  objection: ({ p, ber }: Settled) => {
    if (p === undefined && ber === undefined) return 'it needs a share: corrupt=0.1% or corrupt,ber=1e-6';
    return p !== undefined && ber !== undefined ? 'it takes a share of frames or of bits, not both' : undefined;
  },
  operator: (options: () => Settled, context) => {
    const inFrames = frameDamage(options, context);
    const inBits = bitDamage(options, context);
    return map((frame) => {
      const places = options().ber === undefined ? inFrames(frame) : inBits(frame);
      if (places.length === 0) return frame;
      const damaged = Buffer.from(frame);
      for (const bit of places) damaged[bit >> 3]! ^= 1 << (bit & 7);
      context.count('flippedBits', places.length);
      return damaged;
    });
  },
  summary: (counts) => {
    const corrupted = counts.get('corrupted') ?? 0;
    const flipped = counts.get('flippedBits') ?? 0;
    if (corrupted > 0) return `${corrupted} corrupted (${formatShare(corrupted, counts.get('drawn') ?? 0)})`;
    return flipped === 0 ? undefined : `${flipped} bits flipped`;
  },
});

/** Which bits of a frame to flip. */
type Damage = (frame: Buffer) => number[];

/** So many bits of a share of the frames: of a datagram anywhere in it, of a segment wherever that byte comes. */
const frameDamage = (options: () => Settled, context: StageContext): Damage => {
  const { transport } = context;
  const hits = context.random('corrupt');
  const places = context.random('place');
  const draw = perSegment(context, (at) => {
    context.count('drawn');
    if (hits() >= (options().p ?? 0)) return [];
    context.count('corrupted');
    context.decided?.({ action: 'corrupt', ...(transport === 'tcp' ? { offset: at } : { index: at }) });
    return Array.from({ length: options().bits }, places);
  });
  return (frame) => {
    let start = 0;
    return draw(frame).flatMap(({ bytes, at, drawn }) => {
      // Of a segment: the bits that lie in this part of it.
      const length = transport === 'tcp' ? SEGMENT_BYTES : bytes;
      const from = transport === 'tcp' ? at % SEGMENT_BYTES : 0;
      const first = (start - from) * 8;
      const end = start + bytes;
      const bits = [...new Set(drawn.map((u) => first + Math.floor(u * length * 8)))];
      const here = bits.filter((bit) => bit >= start * 8 && bit < end * 8);
      start = end;
      return here;
    });
  };
};

/**
 * A share of all bits: the gaps between them are geometric. A decision is a byte of a TCP stream or a datagram, however
 * many of its bits are flipped.
 */
const bitDamage = (options: () => Settled, context: StageContext): Damage => {
  const { transport } = context;
  const gaps = context.random('gap');
  /** `gapBits`: how many bits pass before the next one that is flipped. `at`: the place of the frame that comes next. */
  const line = context.keep('line', () => ({ gapBits: -1, at: 0 }));
  const nextGap = (ber: number): number => (ber >= 1 ? 0 : Math.floor(Math.log(1 - gaps()) / Math.log1p(-ber)));
  const decide = (at: number, flipped: readonly number[]): void => {
    if (flipped.length === 0 || !context.decided) return;
    if (transport === 'udp') return context.decided({ action: 'corrupt', index: at });
    for (const byte of new Set(flipped.map((bit) => bit >> 3))) {
      context.decided({ action: 'corrupt', offset: at + byte });
    }
  };
  return (frame) => {
    const { ber = 0 } = options();
    const flipped: number[] = [];
    const { at } = line;
    line.at += transport === 'tcp' ? frame.byteLength : 1;
    if (ber === 0) return flipped;
    if (line.gapBits < 0) line.gapBits = nextGap(ber);
    const bits = frame.byteLength * 8;
    let bit = line.gapBits;
    for (; bit < bits; bit += 1 + nextGap(ber)) flipped.push(bit);
    line.gapBits = bit - bits;
    decide(at, flipped);
    return flipped;
  };
};
