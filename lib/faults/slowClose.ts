import { delayLine, type DelayPolicy, type Departures } from './kit/delayLine';
import type { StageContext } from '../stage';
import { formatCount } from '../format/formatUnits';
import { defineFault } from './kit/defineFault';

export interface SlowCloseOptions {
  /** The delay of the end, in milliseconds. */
  readonly delayMs: number;
}

/**
 * Delays only the end of the stream (FIN). TCP only.
 *
 * ```text
 * 5 later    a-(b|)  →  a-b----|
 * ```
 *
 * Semantics: Toxiproxy's slow_close.
 */
export const slowClose = defineFault({
  name: 'slow-close',
  transports: ['tcp'],
  description: 'delays the end of the stream (FIN)',
  source: 'Toxiproxy slow_close',
  parameters: { delayMs: { key: 'slow-close', kind: 'duration', description: 'delay of the end' } },
  defaults: {},
  operator: (options: () => SlowCloseOptions, context) => delayLine(new SlowClosePolicy(options, context), context),
  summary: (counts) => {
    const ends = counts.get('delayedEnds') ?? 0;
    return ends === 0 ? undefined : `${formatCount(ends, 'end')} delayed`;
  },
});

class SlowClosePolicy implements DelayPolicy {
  constructor(
    private readonly options: () => SlowCloseOptions,
    private readonly context: StageContext,
  ) {}

  passes(): boolean {
    return true;
  }

  plan({ byteLength }: Buffer, nowMs: number, departures: Departures): void {
    departures.leave(byteLength, nowMs);
  }

  endDueMs(nowMs: number): number {
    this.context.count('delayedEnds');
    return nowMs + this.options().delayMs;
  }
}
