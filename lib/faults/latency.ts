import type { Transport } from '../endpoint';
import { delayLine, type DelayPolicy, type Departures } from './kit/delayLine';
import { Draws } from './kit/draws';
import { normalQuantile } from './kit/normalQuantile';
import { Segments, type SegmentVisitor } from './kit/segments';
import type { StageContext } from '../stage';
import { formatBytes, formatMs } from '../format/formatUnits';
import { defineFault } from './kit/defineFault';

export interface LatencyOptions {
  /** The mean delay, in milliseconds. 0 to 24 h. */
  readonly delayMs: number;
  /** Half the width of `uniform` or the standard deviation of `normal`, in milliseconds. Default: `0`. */
  readonly jitterMs?: number;
  /** The distribution of the delay. Default: `uniform`. */
  readonly distribution?: 'uniform' | 'normal';
  /** The share of frames that are delayed, 0..1. The others pass at once. Default: `1`. */
  readonly p?: number;
  /** UDP: the share of frames that leave at once and overtake others, 0..1, as `reorder` of tc-netem. Default: `0`. */
  readonly reorder?: number;
  /** UDP: at most one of `gap` consecutive frames overtakes. Minimum: `1`. Default: `1`. */
  readonly gap?: number;
  /**
   * UDP: `time` lets a frame overtake one that is due later, `fifo` does not. TCP is always `fifo`. Default: `time`.
   */
  readonly order?: 'fifo' | 'time';
  /** Limits what is buffered, in bytes. Minimum: `1`. Default: 16 MiB. */
  readonly bufferBytes?: number;
}

type Settled = LatencyOptions & Required<Omit<LatencyOptions, 'order'>>;

/**
 * Delays each frame by a constant or a random time.
 *
 * A random time is drawn for each segment of 1460 bytes (TCP) or for each datagram (UDP).
 *
 * ```text
 * const 3         a--b--(c|)   →  ---a--b--(c|)
 * burst, 4        (abc|)       →  ----(abc|)              the delays of a burst overlap and do not add up
 * 4±2 fifo        ab------c|   →  ------(ab)--(c|)        drawn 6, 2, 4; TCP, 1460 bytes each; b waits for a
 * 4±2 time        ab------c|   →  ---b--a-----(c|)        UDP; b overtakes a
 * ```
 *
 * On TCP no frame overtakes another, so the mean delay of close frames is longer than the drawn one. At `bufferBytes`
 * TCP stops reading, which limits the throughput to `bufferBytes` / delay. UDP drops new datagrams then, counted as
 * `overlimit`. Semantics: Toxiproxy's latency, tc-netem's delay.
 */
export const latency = defineFault({
  name: 'latency',
  transports: ['tcp', 'udp'],
  description: 'delays each frame',
  source: 'Toxiproxy latency, tc-netem delay',
  parameters: {
    delayMs: { key: 'latency', kind: 'duration', description: 'mean delay' },
    jitterMs: {
      key: 'jitter',
      kind: 'duration',
      description: 'half the width of uniform or the standard deviation of normal',
    },
    distribution: {
      key: 'distribution',
      kind: 'choice',
      choices: ['uniform', 'normal'],
      description: 'distribution of the delay',
    },
    p: { key: 'p', kind: 'probability', description: 'share of frames that are delayed' },
    reorder: { key: 'reorder', kind: 'probability', description: 'UDP: share of frames that overtake others' },
    gap: { key: 'gap', kind: 'count', min: 1, description: 'UDP: at most one of this many frames overtakes' },
    order: { key: 'order', kind: 'choice', choices: ['fifo', 'time'], description: 'UDP: whether jitter may reorder' },
    bufferBytes: { key: 'buffer', kind: 'size', min: 1, description: 'max size of the buffer' },
  },
  defaults: { jitterMs: 0, distribution: 'uniform', p: 1, reorder: 0, gap: 1, bufferBytes: 16 * 1024 * 1024 },
  validate: ({ order, reorder }: LatencyOptions, transport) => {
    if (transport !== 'tcp') return undefined;
    if (order === 'time') return 'a TCP stream keeps its order; order=time works on UDP only';
    return reorder ? 'a TCP stream keeps its order; reorder works on UDP only' : undefined;
  },
  operator: (options, context) => delayLine(new LatencyPolicy(options, context), context),
  summary: (counts) => {
    const frames = counts.get('frames') ?? 0;
    const pieces = counts.get('delayed') ?? 0;
    if (frames === 0 || pieces === 0) return undefined;
    const mean = formatMs((counts.get('delayedMs') ?? 0) / pieces);
    return `mean ${mean}, buffered at most ${formatBytes(counts.get('bufferedBytes') ?? 0)}${overlimit(counts)}`;
  },
});

class LatencyPolicy implements DelayPolicy, SegmentVisitor<number> {
  readonly #state: LatencyState;
  readonly #isTcp: boolean;
  #nowMs = 0;
  #departures: Departures | undefined;

  constructor(
    private readonly options: () => Settled,
    private readonly context: StageContext,
  ) {
    const { transport, state, random } = context;
    this.#isTcp = transport === 'tcp';
    this.#state = state('state', () => new LatencyState(transport, random));
  }

  get highWaterMark(): number {
    return this.options().bufferBytes;
  }

  byTime(): boolean {
    return !this.#isTcp && this.options().order !== 'fifo';
  }

  plan({ byteLength }: Buffer, nowMs: number, departures: Departures): void {
    const { delayMs, jitterMs, p, reorder } = this.options();
    const isConstant = jitterMs === 0 && p === 1 && (this.#isTcp || reorder === 0);
    if (isConstant && !(this.context.recordDecision && !this.#isTcp)) {
      this.#state.skip(byteLength);
      return departures.leave(byteLength, nowMs + delayMs);
    }
    this.#nowMs = nowMs;
    this.#departures = departures;
    this.#state.segments.visit(byteLength, this);
  }

  part(bytes: number, _: number, delayMs: number): void {
    this.#departures!.leave(bytes, this.#nowMs + delayMs);
  }

  draw(at: number): number {
    const delayMs = this.#drawnMs();
    this.context.recordDecision?.({ action: 'delay', ...(this.#isTcp ? { offset: at } : { index: at }), delayMs });
    return delayMs;
  }

  #drawnMs(): number {
    const state = this.#state;
    const { delayMs, jitterMs, distribution, p, reorder, gap } = this.options();
    const u = state.delays.next();
    const isHit = state.hits.next() < p;
    const mayOvertake = state.overtakes.next() < reorder && state.sinceOvertaken >= gap - 1;
    state.sinceOvertaken = mayOvertake ? 0 : state.sinceOvertaken + 1;
    if (!isHit || (mayOvertake && !this.#isTcp)) return 0;
    return Math.max(0, delayMs + jitterMs * (distribution === 'uniform' ? 2 * u - 1 : clipped(normalQuantile(u))));
  }
}

/** The state of a latency for one peer. */
class LatencyState {
  readonly segments: Segments<number>;
  readonly delays: Draws;
  readonly hits: Draws;
  readonly overtakes: Draws;
  sinceOvertaken = 0;

  constructor(transport: Transport, random: StageContext['random']) {
    this.segments = new Segments(transport, 0);
    this.delays = new Draws(random, 'delay');
    this.hits = new Draws(random, 'p');
    this.overtakes = new Draws(random, 'reorder');
  }

  /** Skips the draws, because a constant delay needs none. */
  skip(byteLength: number): void {
    const begun = this.segments.pass(byteLength);
    for (const draws of [this.delays, this.hits, this.overtakes]) draws.skip(begun);
    this.sinceOvertaken += begun;
  }
}

/** Limits a deviate to four standard deviations, as tc-netem's tables do. */
const clipped = (z: number): number => Math.max(-4, Math.min(4, z));

const overlimit = (counts: ReadonlyMap<string, number>): string => {
  const dropped = counts.get('overlimit') ?? 0;
  return dropped === 0 ? '' : `, ${dropped} dropped over the limit`;
};
