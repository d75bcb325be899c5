import { Observable, type Subscriber } from 'rxjs';
import type { Transport } from '../endpoint';
import { Draws } from './kit/draws';
import { ForwardingSubscriber } from '../streams/forwardingSubscriber';
import { MSS_BYTES, Segments, type SegmentVisitor } from './kit/segments';
import type { StageContext } from '../stage';
import { formatShare } from '../format/formatUnits';
import { defineFault } from './kit/defineFault';

export interface CorruptOptions {
  /** The share of datagrams (TCP: segments of 1460 bytes) that are corrupted, 0..1. */
  readonly p?: number;
  /** The bit error rate: the share of all bits that are flipped, 0..1. Replaces `p`. */
  readonly ber?: number;
  /** The number of bits that are flipped in a corrupted frame. 1 to 64. Default: `1`. */
  readonly bits?: number;
}

type Settled = CorruptOptions & Required<Pick<CorruptOptions, 'bits'>>;

/**
 * Flips bits. The number of bytes stays the same.
 *
 * ```text
 * drawn .5, .05, .5    abc|   →  aBc|
 * ```
 *
 * The draws depend on the position in the stream: the same seed and the same bytes give the same flipped bits, however
 * the stream was cut into chunks. It flips bits in a copy of the frame. Semantics: tc-netem's corrupt; `ber` is the bit
 * error rate of a line.
 */
export const corrupt = defineFault({
  name: 'corrupt',
  transports: ['tcp', 'udp'],
  description: 'flips bits',
  source: 'tc-netem corrupt',
  parameters: {
    p: { key: 'corrupt', kind: 'probability', optional: true, description: 'share of frames that are corrupted' },
    ber: { key: 'ber', kind: 'ratio', description: 'bit error rate, in place of that share' },
    bits: { key: 'bits', kind: 'count', min: 1, max: 64, description: 'bits flipped in a corrupted frame' },
  },
  defaults: { bits: 1 },
  validate: ({ p, ber }: Settled) => {
    if (p === undefined && ber === undefined)
      return 'missing the share to damage; expected corrupt=0.1% or corrupt,ber=1e-6';
    return p !== undefined && ber !== undefined
      ? 'both a share of frames and one of bits; expected one of them'
      : undefined;
  },
  operator: (options: () => Settled, context) => (source) =>
    new Observable((out) => void source.subscribe(new CorruptSubscriber(out, options, context))),
  summary: (counts) => {
    const corrupted = counts.get('corrupted') ?? 0;
    const flipped = counts.get('flippedBits') ?? 0;
    if (corrupted > 0) return `${corrupted} corrupted (${formatShare(corrupted, counts.get('drawn') ?? 0)})`;
    return flipped === 0 ? undefined : `${flipped} bits flipped`;
  },
});

class CorruptSubscriber extends ForwardingSubscriber<Buffer, Buffer> implements SegmentVisitor<readonly number[]> {
  readonly #state: CorruptState;
  readonly #isTcp: boolean;
  /** The bits to flip in the current frame, and the offset of the current part in it. */
  #places: number[] = NOWHERE;
  #start = 0;

  constructor(
    out: Subscriber<Buffer>,
    private readonly options: () => Settled,
    private readonly context: StageContext,
  ) {
    super(out);
    const { transport, state, random } = context;
    this.#isTcp = transport === 'tcp';
    this.#state = state('state', () => new CorruptState(transport, random));
  }

  next(frame: Buffer): void {
    if (this.options().ber === undefined) this.#damageSegments(frame);
    else this.#damageBits(frame);
    const places = this.#places;
    if (places.length === 0) return this.out.next(frame);
    this.#places = NOWHERE;
    const damaged = Buffer.from(frame);
    for (const bit of places) damaged[bit >> 3]! ^= 1 << (bit & 7);
    this.context.count('flippedBits', places.length);
    this.out.next(damaged);
  }

  /** Flips `bits` bits in a share of the frames. Bits of a TCP segment may lie in a chunk that arrives later. */
  #damageSegments({ byteLength }: Buffer): void {
    const { segments, hits } = this.#state;
    if (this.options().p === 0) {
      const begun = segments.pass(byteLength);
      hits.skip(begun);
      return this.context.count('drawn', begun);
    }
    this.#start = 0;
    segments.visit(byteLength, this);
  }

  draw(at: number): readonly number[] {
    const { context } = this;
    const { hits, places } = this.#state;
    context.count('drawn');
    if (hits.next() >= (this.options().p ?? 0)) return NOWHERE;
    context.count('corrupted');
    context.recordDecision?.({ action: 'corrupt', ...(this.#isTcp ? { offset: at } : { index: at }) });
    return Array.from({ length: this.options().bits }, () => places.next());
  }

  part(bytes: number, at: number, drawn: readonly number[]): void {
    const start = this.#start;
    const end = start + bytes;
    this.#start = end;
    if (drawn.length === 0) return;
    // A part of a TCP segment contains only some of the drawn bits.
    const length = this.#isTcp ? MSS_BYTES : bytes;
    const first = start - (this.#isTcp ? at % MSS_BYTES : 0);
    const bits = new Set(drawn.map((u) => first * 8 + Math.floor(u * length * 8)));
    this.#flip([...bits].filter((bit) => bit >= start * 8 && bit < end * 8));
  }

  /**
   * Flips a share of all bits. The gaps between flipped bits are geometric.
   *
   * It records one decision for each changed byte (TCP) or datagram (UDP).
   */
  #damageBits({ byteLength }: Buffer): void {
    const state = this.#state;
    const { ber = 0 } = this.options();
    const { at } = state.segments;
    state.segments.pass(byteLength);
    if (ber === 0) return;
    const nextGap = (): number => (ber >= 1 ? 0 : Math.floor(Math.log(1 - state.gaps.next()) / Math.log1p(-ber)));
    if (state.gapBits < 0) state.gapBits = nextGap();
    const bits = byteLength * 8;
    const flipped: number[] = [];
    let bit = state.gapBits;
    for (; bit < bits; bit += 1 + nextGap()) flipped.push(bit);
    state.gapBits = bit - bits;
    this.#flip(flipped);
    this.#decideBits(at, flipped);
  }

  #decideBits(at: number, flipped: readonly number[]): void {
    const { recordDecision } = this.context;
    if (flipped.length === 0 || !recordDecision) return;
    if (!this.#isTcp) return recordDecision({ action: 'corrupt', index: at });
    for (const byte of new Set(flipped.map((bit) => bit >> 3)))
      recordDecision({ action: 'corrupt', offset: at + byte });
  }

  #flip(bits: readonly number[]): void {
    if (bits.length > 0) this.#places = [...this.#places, ...bits];
  }
}

const NOWHERE: number[] = [];

/** The state of a corrupt for one peer. */
class CorruptState {
  readonly segments: Segments<readonly number[]>;
  readonly hits: Draws;
  readonly places: Draws;
  readonly gaps: Draws;
  /** The number of bits before the next flipped bit. Negative before the first draw. */
  gapBits = -1;

  constructor(transport: Transport, random: StageContext['random']) {
    this.segments = new Segments(transport, NOWHERE);
    this.hits = new Draws(random, 'corrupt');
    this.places = new Draws(random, 'place');
    this.gaps = new Draws(random, 'gap');
  }
}
