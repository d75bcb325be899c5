import { delayLine, type DelayPolicy, type Departures } from './kit/delayLine';
import { MSS_BYTES } from './kit/segments';
import type { StageContext } from '../stage';
import { formatBytes } from '../format/formatUnits';
import { defineFault } from './kit/defineFault';

export interface RateOptions {
  /** Of the link, in bytes per second. Minimum: `1`. */
  readonly bytesPerSecond: number;
  /** Credit for idle time: so many bytes may pass at once, in bytes. Default: `0`. */
  readonly burstBytes?: number;
  /** Counted on top of each frame, as headers would, in bytes. Default: `0`. */
  readonly overheadBytes?: number;
  /** The most that waits for the link, in bytes. Default: 16 MiB. */
  readonly queueBytes?: number;
}

/** A stream is cut so fine that no piece takes longer than this. */
const QUANTUM_MS = 10;

/**
 * A link of limited speed: each frame leaves when the link has carried it, one behind the other.
 *
 * ```text
 * 1 B/ms, 4-byte frames    (abc|)      →  ----a---b---(c|)
 * idle saves no credit     a-------b|  →  ----a-------(b|)
 * ```
 *
 * TCP chunks are cut to what the link carries in 10 ms (1460 bytes at least), so that the output is smooth. A full
 * queue makes TCP stop reading and UDP drop what comes, counted as `overlimit`: choose a long queue for bufferbloat, a
 * short one for loss. Semantics: tc-netem's rate; with `burstBytes` a token bucket; Toxiproxy's bandwidth.
 */
export const rate = defineFault({
  name: 'rate',
  transports: ['tcp', 'udp'],
  description: 'a link of limited speed',
  source: 'tc-netem rate, Toxiproxy bandwidth',
  parameters: {
    bytesPerSecond: { key: 'rate', kind: 'rate', min: 1, description: 'of the link' },
    burstBytes: { key: 'burst', kind: 'size', description: 'credit for idle time' },
    overheadBytes: { key: 'overhead', kind: 'size', description: 'counted on top of each frame' },
    queueBytes: { key: 'queue', kind: 'size', min: 1, description: 'the most that waits for the link' },
  },
  defaults: { burstBytes: 0, overheadBytes: 0, queueBytes: 16 * 1024 * 1024 },
  operator: (options: () => Required<RateOptions>, context) => delayLine(new RatePolicy(options, context), context),
  summary: (counts) => {
    const waited = counts.get('delayedMs') ?? 0;
    if (waited === 0) return undefined;
    const overlimit = counts.get('overlimit') ?? 0;
    const held = `buffered at most ${formatBytes(counts.get('bufferedBytes') ?? 0)}`;
    return overlimit === 0 ? held : `${held}, ${overlimit} dropped over the limit`;
  },
});

class RatePolicy implements DelayPolicy {
  readonly highWaterMark: number;
  /** Until when the link is busy, on the scheduler's clock. Not kept: what is switched off and on again is idle. */
  #freeMs = -Infinity;

  constructor(
    private readonly options: () => Required<RateOptions>,
    private readonly context: StageContext,
  ) {
    this.highWaterMark = options().queueBytes;
  }

  plan({ byteLength }: Buffer, nowMs: number, departures: Departures): void {
    const { bytesPerSecond } = this.options();
    const isTcp = this.context.transport === 'tcp';
    const quantum = isTcp ? Math.max(MSS_BYTES, Math.floor((bytesPerSecond * QUANTUM_MS) / 1000)) : byteLength;
    let left = byteLength;
    do {
      const bytes = Math.min(quantum, left);
      left -= bytes;
      departures.leave(bytes, this.#carriedMs(bytes, nowMs));
    } while (left > 0);
  }

  /** When the link has carried so many bytes, behind all that it carries. */
  #carriedMs(bytes: number, nowMs: number): number {
    const { bytesPerSecond, burstBytes, overheadBytes } = this.options();
    const perMs = bytesPerSecond / 1000;
    this.#freeMs = Math.max(this.#freeMs, nowMs) + (bytes + overheadBytes) / perMs;
    return this.#freeMs - burstBytes / perMs;
  }
}
