import type { Transport } from '../endpoint';
import { delayLine, type DelayPolicy, type Departures } from './kit/delayLine';
import { Draws } from './kit/draws';
import { Segments, type SegmentVisitor } from './kit/segments';
import type { StageContext } from '../stage';
import { formatShare } from '../format/formatUnits';
import { bytesTaken } from './kit/bytesTaken';
import { defineFault } from './kit/defineFault';

export interface LossOptions {
  /** The share of frames that are lost, 0..1. Required by the model `random`, also with `burstFrames`. */
  readonly ratio?: number;
  /** The mean length of a burst of losses, in frames, at the same ratio. Minimum: `1`. Default: independent losses. */
  readonly burstFrames?: number;
  /** The loss model. `gemodel` is Gilbert–Elliott, with the states good and bad. Default: `random`. */
  readonly model?: 'random' | 'gemodel';
  /** `gemodel`: the probability to change from good to bad, 0..1. Required. */
  readonly p?: number;
  /** `gemodel`: the probability to change from bad to good, 0..1. Default: 1 - p. */
  readonly r?: number;
  /** `gemodel`: the probability of a loss in the bad state (1-h), 0..1. Default: `1`. */
  readonly lostInBad?: number;
  /** `gemodel`: the probability of a loss in the good state (1-k), 0..1. Default: `0`. */
  readonly lostInGood?: number;
  /** What a loss does on TCP: delays the bytes, drops the bytes, or nothing. Default: `retransmit` (delays). */
  readonly tcp?: 'retransmit' | 'drop' | 'ignore';
  /** TCP: the delay of the first retransmission, in milliseconds. It doubles for each further loss. Default: `200`. */
  readonly rtoMs?: number;
}

type Settled = LossOptions & Required<Pick<LossOptions, 'model' | 'lostInBad' | 'lostInGood' | 'tcp' | 'rtoMs'>>;

/** Limits how often the retransmission of one segment is lost too. */
const MOST_RETRANSMISSIONS = 6;

/**
 * Drops datagrams; on TCP, delays segments as retransmissions do.
 *
 * TCP delivers every byte: a lost segment is late, and everything behind it waits.
 *
 * ```text
 * UDP, random 1%    abcd|   →  a-c-|        drawn .5, .005, .5, .009
 * UDP, gemodel      abcd|   →  a--d|        the state is bad after a and good after c
 * TCP, rto 4        abc|    →  a----(bc|)   1460 bytes each; b is lost once, c waits behind it
 * ```
 *
 * `burstFrames` sets the simple Gilbert model by its ratio and its mean burst: r = 1 / burst,
 * p = ratio · r / (1 - ratio). It requires ratio <= burst / (burst + 1). `tcp: 'drop'` removes bytes from the stream,
 * which no network does. The fault models no congestion window; combine it with `rate` for that.
 * Semantics: tc-netem's loss random and gemodel. The state decides about a frame before the state changes.
 */
export const loss = defineFault({
  name: 'loss',
  transports: ['tcp', 'udp'],
  description: 'drops datagrams; delays TCP as a retransmission does',
  source: 'tc-netem loss random, loss gemodel',
  parameters: {
    ratio: { key: 'loss', kind: 'probability', description: 'share of frames that are lost' },
    burstFrames: { key: 'burst', kind: 'count', min: 1, description: 'mean length of a burst of losses, in frames' },
    model: { key: 'loss', kind: 'choice', choices: ['random', 'gemodel'], description: 'loss model' },
    p: { key: 'p', kind: 'probability', description: 'gemodel: probability to change from good to bad' },
    r: { key: 'r', kind: 'probability', description: 'gemodel: probability to change from bad to good' },
    lostInBad: { key: '1-h', kind: 'probability', description: 'gemodel: probability of a loss in the bad state' },
    lostInGood: { key: '1-k', kind: 'probability', description: 'gemodel: probability of a loss in the good state' },
    tcp: {
      key: 'tcp',
      kind: 'choice',
      choices: ['retransmit', 'drop', 'ignore'],
      description: 'what a loss does on TCP',
    },
    rtoMs: { key: 'rto', kind: 'duration', description: 'TCP: delay of the first retransmission' },
  },
  defaults: { model: 'random', lostInBad: 1, lostInGood: 0, tcp: 'retransmit', rtoMs: 200 },
  validate: ({ ratio, burstFrames, model, p }: Settled) => {
    if (model === 'gemodel')
      return p === undefined ? 'gemodel needs p, the probability to go from good to bad' : undefined;
    if (ratio === undefined) return 'missing the share to lose; expected for example loss=1%';
    if (burstFrames === undefined || ratio <= burstFrames / (burstFrames + 1)) return undefined;
    return `bursts of ${burstFrames} cannot lose more than ${formatShare(burstFrames, burstFrames + 1)}`;
  },
  operator: (options: () => Settled, context) => delayLine(new LossPolicy(options, context), context),
  summary: (counts) => {
    const share = (name: string): string[] => {
      const count = counts.get(name) ?? 0;
      return count === 0 ? [] : [`${count} ${name} (${formatShare(count, counts.get('drawn') ?? 0)})`];
    };
    return [...share('dropped'), ...share('late')].join(', ') || undefined;
  },
});

/** What is drawn for a frame: how many times in a row it is lost. */
type Losses = number;
const NO_LOSS = 0;

class LossPolicy implements DelayPolicy, SegmentVisitor<Losses> {
  readonly #state: LossState;
  #nowMs = 0;
  #departures: Departures | undefined;

  constructor(
    private readonly options: () => Settled,
    private readonly context: StageContext,
  ) {
    const { transport, state, random } = context;
    this.#state = state('state', () => new LossState(transport, random));
  }

  /** Skips the draws if nothing can be lost. */
  passes({ byteLength }: Buffer): boolean {
    const { model, ratio, burstFrames } = this.options();
    if (model !== 'random' || ratio !== 0 || burstFrames !== undefined) return false;
    this.context.count('drawn', this.#state.skip(byteLength));
    return true;
  }

  plan({ byteLength }: Buffer, nowMs: number, departures: Departures): void {
    this.#nowMs = nowMs;
    this.#departures = departures;
    this.#state.segments.visit(byteLength, this);
  }

  part(bytes: number, _: number, losses: Losses): void {
    const departures = this.#departures!;
    const { transport } = this.context;
    const { tcp, rtoMs } = this.options();
    if (losses === NO_LOSS || (transport === 'tcp' && tcp === 'ignore')) return departures.leave(bytes, this.#nowMs);
    if (transport === 'tcp' && tcp === 'retransmit') {
      return departures.leave(bytes, this.#nowMs + rtoMs * 2 ** (losses - 1));
    }
    if (transport === 'tcp') bytesTaken(this.context).bytes += bytes;
    departures.drop(bytes);
  }

  draw(at: number): Losses {
    const { context } = this;
    const { tcp, ratio = 0 } = this.options();
    const isLost = this.#isLost();
    const u = this.#state.again.next();
    if (!isLost) return NO_LOSS;
    const isTcp = context.transport === 'tcp';
    context.recordDecision?.({ action: 'lose', ...(isTcp ? { offset: at } : { index: at }) });
    context.count(isTcp && tcp === 'retransmit' ? 'late' : 'dropped');
    return 1 + furtherLosses(u, ratio);
  }

  /** Each call makes the same number of draws, so that the losses of 1 % are among those of 2 %. */
  #isLost(): boolean {
    const state = this.#state;
    this.context.count('drawn');
    const options = this.options();
    const { ratio = 0, model, burstFrames, lostInBad, lostInGood, p: toBad = 0, r: toGood = 1 - toBad } = options;
    const u = state.losses.next();
    if (model === 'random' && burstFrames === undefined) return u < ratio;
    const { p, r } = burstFrames === undefined ? { p: toBad, r: toGood } : simpleGilbert(ratio, burstFrames);
    const lost = u < (state.isBad ? lostInBad : lostInGood);
    if (state.transitions.next() < (state.isBad ? r : p)) state.isBad = !state.isBad;
    return lost;
  }
}

/** The state of a loss for one peer. */
class LossState {
  readonly segments: Segments<Losses>;
  readonly losses: Draws;
  readonly transitions: Draws;
  readonly again: Draws;
  isBad = false;

  constructor(transport: Transport, random: StageContext['random']) {
    this.segments = new Segments(transport, NO_LOSS);
    this.losses = new Draws(random, 'loss');
    this.transitions = new Draws(random, 'transition');
    this.again = new Draws(random, 'again');
  }

  /** @returns How many draws were skipped. */
  skip(byteLength: number): number {
    const begun = this.segments.pass(byteLength);
    this.losses.skip(begun);
    this.again.skip(begun);
    return begun;
  }
}

/** Returns how many retransmissions in a row are lost too: geometric, from one uniform number. */
const furtherLosses = (u: number, ratio: number): number => {
  if (ratio === 0) return 0;
  if (ratio === 1) return MOST_RETRANSMISSIONS;
  return Math.min(MOST_RETRANSMISSIONS, Math.floor(Math.log(u) / Math.log(ratio)));
};

/** Returns the simple Gilbert model for a loss ratio and a mean burst. */
const simpleGilbert = (ratio: number, burstFrames: number) => ({
  p: ratio === 1 ? 1 : ratio / burstFrames / (1 - ratio),
  r: 1 / burstFrames,
});
