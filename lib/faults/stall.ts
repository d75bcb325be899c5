import { delayLine, type DelayPolicy, type Departures } from './kit/delayLine';
import type { StageContext } from '../stage';
import { formatBytes } from '../format/formatUnits';
import { defineFault } from './kit/defineFault';

export interface StallOptions {
  /** When it starts, after the connection began, in milliseconds. Default: `0`. */
  readonly afterMs?: number;
  /** How long it lasts, in milliseconds. Default: until it is switched off or the server shuts down. */
  readonly forMs?: number;
}

/**
 * Buffers everything for a while, like an unplugged cable.
 *
 * At the high-water mark TCP stops reading, and the peer's window closes.
 *
 * ```text
 * after 2 for 4    a-b-c-----d|  →  a-----(bc)d|
 * ```
 *
 * Semantics: etcd's PauseTx, turmoil's hold.
 */
export const stall = defineFault({
  name: 'stall',
  transports: ['tcp', 'udp'],
  description: 'buffers everything for a while, then delivers it',
  source: 'etcd PauseTx, turmoil hold',
  parameters: {
    afterMs: { key: 'after', kind: 'duration', description: 'when it starts' },
    forMs: { key: 'for', kind: 'duration', description: 'how long it lasts (default: until shutdown)' },
  },
  defaults: { afterMs: 0 },
  operator: (options: () => Settled, context) => delayLine(new StallPolicy(options, context), context),
  summary: (counts) => {
    const held = counts.get('bufferedBytes') ?? 0;
    return held === 0 ? undefined : `buffered at most ${formatBytes(held)}`;
  },
});

type Settled = StallOptions & { readonly afterMs: number };

class StallPolicy implements DelayPolicy {
  readonly #startMs: number;

  constructor(
    private readonly options: () => Settled,
    { state, scheduler }: StageContext,
  ) {
    this.#startMs = state('start', () => ({ startMs: scheduler.now() })).startMs;
  }

  plan({ byteLength }: Buffer, nowMs: number, departures: Departures): void {
    const { afterMs, forMs = Infinity } = this.options();
    const beginMs = this.#startMs + afterMs;
    departures.leave(byteLength, nowMs < beginMs ? nowMs : beginMs + forMs);
  }
}
