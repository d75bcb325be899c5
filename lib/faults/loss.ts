import type { Transport } from '../endpoint';
import { delayLine, type DelayPolicy, type Departures } from './kit/delayLine';
import { Draws } from './kit/draws';
import { Segments, type SegmentVisitor } from './kit/segments';
import type { StageContext } from '../stage';
import { formatShare } from '../format/formatUnits';
import { bytesTaken } from './kit/bytesTaken';
import { defineFault } from './kit/defineFault';

export interface LossOptions {
  /** The share of frames that are lost, 0..1; of `random`, and of `burstFrames`. */
  readonly ratio?: number;
  /** Losses come in bursts of this mean length, at the same ratio. Minimum: `1`. Default: each by itself. */
  readonly burstFrames?: number;
  /** `gemodel`: two states, good and bad (Gilbert–Elliott). Default: `random`. */
  readonly model?: 'random' | 'gemodel';
  /** Of gemodel: from good to bad, 0..1. */
  readonly p?: number;
  /** Of gemodel: from bad to good, 0..1. Default: 1 - p. */
  readonly r?: number;
  /** Of gemodel: lost while bad (1-h), 0..1. Default: `1`. */
  readonly lostInBad?: number;
  /** Of gemodel: lost while good (1-k), 0..1. Default: `0`. */
  readonly lostInGood?: number;
  /** What a loss is on TCP: the wait for a retransmission, bytes that are gone, nothing. Default: `retransmit`. */
  readonly tcp?: 'retransmit' | 'drop' | 'ignore';
  /** TCP: the wait for the first retransmission, doubled for each further loss, in milliseconds. Default: `200`. */
  readonly rtoMs?: number;
}

type Settled = LossOptions & Required<Pick<LossOptions, 'model' | 'lostInBad' | 'lostInGood' | 'tcp' | 'rtoMs'>>;

/** As often a segment is lost again, at the most: then it gets through. */
const MOST_RETRANSMISSIONS = 6;

/**
 * Loses datagrams; on TCP, makes the stream wait as it waits for a retransmission: bytes that TCP carries are late,
 * never missing, and with a lost segment waits all that is behind it.
 *
 * ```text
 * UDP, random 1%    abcd|   →  a-c-|        drawn .5, .005, .5, .009
 * UDP, gemodel      abcd|   →  a--d|        bad after a, good again after c
 * TCP, rto 4        abc|    →  a----(bc|)   1460 bytes each, b lost once: c waits behind it
 * ```
 *
 * `burstFrames` is the simple Gilbert model in the two numbers that a tester knows: r = 1 / burst,
 * p = ratio · r / (1 - ratio); legal while ratio <= burst / (burst + 1). `tcp: 'drop'` removes bytes from the stream,
 * which no network does: say so where you use it. No congestion window is modelled: combine with `rate`.
 * Semantics: tc-netem's loss random and gemodel; the state decides of a frame before it changes.
 */
export const loss = defineFault({
  name: 'loss',
  transports: ['tcp', 'udp'],
  description: 'loses datagrams; makes TCP wait for a retransmission',
  source: 'tc-netem loss random, loss gemodel',
  parameters: {
    ratio: { key: 'loss', kind: 'probability', description: 'the share that is lost' },
    burstFrames: { key: 'burst', kind: 'count', min: 1, description: 'the mean length of a burst' },
    model: { key: 'loss', kind: 'choice', choices: ['random', 'gemodel'], description: 'how losses are spread' },
    p: { key: 'p', kind: 'probability', description: 'gemodel: from good to bad' },
    r: { key: 'r', kind: 'probability', description: 'gemodel: from bad to good' },
    lostInBad: { key: '1-h', kind: 'probability', description: 'gemodel: lost while bad' },
    lostInGood: { key: '1-k', kind: 'probability', description: 'gemodel: lost while good' },
    tcp: {
      key: 'tcp',
      kind: 'choice',
      choices: ['retransmit', 'drop', 'ignore'],
      description: 'what a loss is on TCP',
    },
    rtoMs: { key: 'rto', kind: 'duration', description: 'TCP: the wait for a retransmission' },
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

/** What was drawn for a frame: the number of times that it is lost. */
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

  /** Where nothing can be lost, nothing is drawn. */
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

  /** Each call draws as often as any other: the victims of 1 % are among those of 2 %. */
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

/** What a loss keeps for a peer. */
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

/** How often in a row a retransmission is lost too, from one uniform number: geometric. */
const furtherLosses = (u: number, ratio: number): number => {
  if (ratio === 0) return 0;
  if (ratio === 1) return MOST_RETRANSMISSIONS;
  return Math.min(MOST_RETRANSMISSIONS, Math.floor(Math.log(u) / Math.log(ratio)));
};

/** The simple Gilbert model with this ratio and this mean burst. */
const simpleGilbert = (ratio: number, burstFrames: number) => ({
  p: ratio === 1 ? 1 : ratio / burstFrames / (1 - ratio),
  r: 1 / burstFrames,
});
