import { Observable, type Subscriber } from 'rxjs';
import type { Transport } from '../endpoint';
import { Draws } from './kit/draws';
import { ForwardingSubscriber } from '../streams/forwardingSubscriber';
import { MSS_BYTES, Segments, type SegmentVisitor } from './kit/segments';
import type { StageContext } from '../stage';
import { formatShare } from '../format/formatUnits';
import { defineFault } from './kit/defineFault';

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
export const corrupt = defineFault({
  name: 'corrupt',
  transports: ['tcp', 'udp'],
  description: 'flips bits',
  source: 'tc-netem corrupt',
  parameters: {
    p: { key: 'corrupt', kind: 'probability', optional: true, description: 'the share of frames that are damaged' },
    ber: { key: 'ber', kind: 'ratio', description: 'in its place, the share of bits: 1e-6' },
    bits: { key: 'bits', kind: 'count', min: 1, max: 64, description: 'flipped in a damaged frame' },
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
  /** The bits to flip in the frame that passes, and where the part begins that is drawn for. */
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

  /** So many bits of a share of the frames: of a datagram anywhere in it, of a segment wherever that byte comes. */
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
    // Of a segment: the bits that lie in this part of it.
    const length = this.#isTcp ? MSS_BYTES : bytes;
    const first = start - (this.#isTcp ? at % MSS_BYTES : 0);
    const bits = new Set(drawn.map((u) => first * 8 + Math.floor(u * length * 8)));
    this.#flip([...bits].filter((bit) => bit >= start * 8 && bit < end * 8));
  }

  /**
   * A share of all bits: the gaps between them are geometric. A decision is a byte of a TCP stream or a datagram, however
   * many of its bits are flipped.
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

/** What a corrupt keeps for a peer. */
class CorruptState {
  readonly segments: Segments<readonly number[]>;
  readonly hits: Draws;
  readonly places: Draws;
  readonly gaps: Draws;
  /** How many bits pass before the next one that is flipped. */
  gapBits = -1;

  constructor(transport: Transport, random: StageContext['random']) {
    this.segments = new Segments(transport, NOWHERE);
    this.hits = new Draws(random, 'corrupt');
    this.places = new Draws(random, 'place');
    this.gaps = new Draws(random, 'gap');
  }
}
