import { delayLine, type DelayPolicy, type Departures } from './kit/delayLine';
import { MSS_BYTES } from './kit/segments';
import type { StageContext } from '../stage';
import { formatBytes } from '../format/formatUnits';
import { defineFault } from './kit/defineFault';

export interface RateOptions {
  /** The speed of the link, in bytes per second. Minimum: `1`. */
  readonly bytesPerSecond: number;
  /** The credit that an idle link saves up, in bytes. This much may pass at once. Default: `0`. */
  readonly burstBytes?: number;
  /** Charged on top of each frame, as for headers, in bytes. Default: `0`. */
  readonly overheadBytes?: number;
  /** Limits the queue of the link, in bytes. Minimum: `1`. Default: 16 MiB. */
  readonly queueBytes?: number;
}

/** The max time on the link of one piece of a TCP chunk, in milliseconds. A piece of 1460 bytes may take longer. */
const QUANTUM_MS = 10;

/**
 * Limits the speed of the link.
 *
 * Each frame leaves when the link has carried it and all frames before it.
 *
 * ```text
 * 1 B/ms, 4-byte frames    (abc|)      →  ----a---b---(c|)
 * an idle link, no burst   a-------b|  →  ----a-------(b|)
 * ```
 *
 * It cuts TCP chunks to what the link carries in 10 ms, or to 1460 bytes if that is more, so that the output is smooth.
 * When the queue is full, TCP stops reading, and UDP drops new datagrams, counted as `overlimit`. A long queue models
 * bufferbloat, a short one models loss. Semantics: tc-netem's rate; with `burstBytes` a token bucket; Toxiproxy's
 * bandwidth.
 */
export const rate = defineFault({
  name: 'rate',
  transports: ['tcp', 'udp'],
  description: 'limits the speed of the link',
  source: 'tc-netem rate, Toxiproxy bandwidth',
  parameters: {
    bytesPerSecond: { key: 'rate', kind: 'rate', min: 1, description: 'speed of the link' },
    burstBytes: { key: 'burst', kind: 'size', description: 'credit that an idle link saves up' },
    overheadBytes: { key: 'overhead', kind: 'size', description: 'bytes charged on top of each frame' },
    queueBytes: { key: 'queue', kind: 'size', min: 1, description: 'max size of the queue' },
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
  /** When the link becomes idle, on the scheduler's clock. Not in `state`: after off and on, the link is idle. */
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

  /** Returns when the link has carried these bytes, after all earlier ones. */
  #carriedMs(bytes: number, nowMs: number): number {
    const { bytesPerSecond, burstBytes, overheadBytes } = this.options();
    const perMs = bytesPerSecond / 1000;
    this.#freeMs = Math.max(this.#freeMs, nowMs) + (bytes + overheadBytes) / perMs;
    return this.#freeMs - burstBytes / perMs;
  }
}
