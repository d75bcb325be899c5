import { delayLine, type Leave } from '../flow/delayLine';
import { normalQuantile } from '../flow/normalQuantile';
import { perSegment } from '../flow/perSegment';
import { formatBytes, formatMs } from '../units/format';
import { fault } from './fault';

export interface LatencyOptions {
  /** The mean delay, in milliseconds. 0 to 24 h. */
  readonly delayMs: number;
  /** Half the width of `uniform`, the standard deviation of `normal`, in milliseconds. Default: `0`. */
  readonly jitterMs?: number;
  /** Default: `uniform`. */
  readonly distribution?: 'uniform' | 'normal';
  /** The share of frames that are delayed at all, 0..1; the others pass at once (spikes). Default: `1`. */
  readonly p?: number;
  /** UDP: the share of frames that leave at once and overtake, 0..1, as `reorder` of tc-netem. Default: `0`. */
  readonly reorder?: number;
  /** UDP: at least so many frames are delayed between two that overtake. Minimum: `1`. Default: `1`. */
  readonly gap?: number;
  /** UDP: `time` lets a frame overtake one that is due later. TCP is always `fifo`. Default: `time`. */
  readonly order?: 'fifo' | 'time';
  /** The most that is held, in bytes. Default: 16 MiB. */
  readonly bufferBytes?: number;
}

/**
 * Holds each frame for a time: of one length, or drawn for each segment of 1460 bytes (TCP) or each datagram (UDP).
 *
 * ```text
 * const 3         a--b--(c|)   →  ---a--b--(c|)
 * burst, 4        (abc|)       →  ----(abc|)              delays of a burst overlap, they do not add up
 * 4±2 fifo        ab------c|   →  ------(ab)--(c|)        drawn 6, 2, 4; TCP, 1460 bytes each: b waits for a
 * 4±2 time        ab------c|   →  ---b--a-----(c|)        UDP: b overtakes
 * ```
 *
 * On TCP a frame never overtakes another, so that close frames are later on average than they were drawn. Over
 * `bufferBytes` TCP stops reading: steady throughput is at most `bufferBytes` / delay; UDP drops what comes, counted
 * as `overlimit`. Semantics: Toxiproxy's latency, tc-netem's delay.
 */
export const latency = fault({
  name: 'latency',
  transports: ['tcp', 'udp'],
  says: 'holds each frame for a time',
  source: 'Toxiproxy latency, tc-netem delay',
  parameters: {
    delayMs: { word: 'latency', kind: 'duration', says: 'the mean delay' },
    jitterMs: { word: 'jitter', kind: 'duration', says: 'half the width of uniform, the deviation of normal' },
    distribution: { word: 'distribution', kind: 'choice', choices: ['uniform', 'normal'], says: 'of the delay' },
    p: { word: 'p', kind: 'probability', says: 'the share of frames that are delayed at all' },
    reorder: { word: 'reorder', kind: 'probability', says: 'UDP: the share of frames that overtake' },
    gap: { word: 'gap', kind: 'count', least: 1, says: 'UDP: one of so many frames may overtake' },
    order: { word: 'order', kind: 'choice', choices: ['fifo', 'time'], says: 'UDP: whether jitter may reorder' },
    bufferBytes: { word: 'buffer', kind: 'size', least: 1, says: 'the most that is held' },
  },
  defaults: { jitterMs: 0, distribution: 'uniform', p: 1, reorder: 0, gap: 1, bufferBytes: 16 * 1024 * 1024 },
  objection: ({ order, reorder }: LatencyOptions, transport) => {
    if (transport !== 'tcp') return undefined;
    if (order === 'time') return 'a TCP stream has one order: order=time is for UDP';
    return reorder ? 'a TCP stream has one order: reorder is for UDP' : undefined;
  },
  operator: (options, context) => {
    const { transport } = context;
    const delays = context.random('delay');
    const hits = context.random('p');
    const overtakes = context.random('reorder');
    let sinceOvertaken = 0;

    const drawnMs = (): number => {
      const { delayMs, jitterMs, distribution, p, reorder, gap } = options();
      const u = delays();
      const isHit = hits() < p;
      const mayOvertake = overtakes() < reorder && sinceOvertaken >= gap - 1;
      sinceOvertaken = mayOvertake ? 0 : sinceOvertaken + 1;
      if (!isHit || (mayOvertake && transport === 'udp')) return 0;
      return Math.max(0, delayMs + jitterMs * (distribution === 'uniform' ? 2 * u - 1 : clipped(normalQuantile(u))));
    };
    const draw = perSegment(context, (at) => {
      const delayMs = drawnMs();
      context.decided?.({ action: 'delay', ...(transport === 'tcp' ? { offset: at } : { index: at }), delayMs });
      return delayMs;
    });
    const plan = (frame: Buffer, nowMs: number): Leave[] => {
      const { delayMs, jitterMs, p } = options();
      const constant = transport === 'tcp' && jitterMs === 0 && p === 1;
      if (constant) return [{ bytes: frame.byteLength, dueMs: nowMs + delayMs }];
      return draw(frame).map(({ bytes, drawn }) => ({ bytes, dueMs: nowMs + drawn }));
    };
    const order = (): 'fifo' | 'time' => (transport === 'tcp' ? 'fifo' : (options().order ?? 'time'));
    return delayLine({ plan, order, highBytes: options().bufferBytes }, context);
  },
  summary: (counts) => {
    const frames = counts.get('frames') ?? 0;
    const pieces = counts.get('delayed') ?? 0;
    if (frames === 0 || pieces === 0) return undefined;
    const mean = formatMs((counts.get('delayedMs') ?? 0) / pieces);
    return `mean ${mean}, held at most ${formatBytes(counts.get('heldBytes') ?? 0)}${overlimit(counts)}`;
  },
});

/** As tc-netem's tables end: no delay is beyond four deviations. */
const clipped = (z: number): number => Math.max(-4, Math.min(4, z));

const overlimit = (counts: ReadonlyMap<string, number>): string => {
  const dropped = counts.get('overlimit') ?? 0;
  return dropped === 0 ? '' : `, ${dropped} dropped over the limit`;
};
