import { delayLine, type DelayPolicy, type Departures } from './kit/delayLine';
import type { StageContext } from '../stage';
import { formatCount } from '../format/formatUnits';
import { defineFault } from './kit/defineFault';

export interface SlowOpenOptions {
  /** The delay of the first frame, in milliseconds. Later frames wait behind it. */
  readonly delayMs: number;
}

/**
 * Delays only the first frame. TCP only.
 *
 * ```text
 * 4 later    a-b------c|  →  ----(ab)-c|
 * ```
 *
 * Semantics: toxy's slowOpen, Toxiproxy pull request 536.
 */
export const slowOpen = defineFault({
  name: 'slow-open',
  transports: ['tcp'],
  description: 'delays the first frame',
  source: 'toxy slowOpen, Toxiproxy pull request 536',
  parameters: { delayMs: { key: 'slow-open', kind: 'duration', description: 'delay of the first frame' } },
  defaults: {},
  operator: (options: () => SlowOpenOptions, context) => delayLine(new SlowOpenPolicy(options, context), context),
  summary: (counts) => {
    const opens = counts.get('delayedOpens') ?? 0;
    return opens === 0 ? undefined : `${formatCount(opens, 'first frame')} delayed`;
  },
});

class SlowOpenPolicy implements DelayPolicy {
  readonly #first: { came: boolean };

  constructor(
    private readonly options: () => SlowOpenOptions,
    private readonly context: StageContext,
  ) {
    this.#first = context.state('first', () => ({ came: false }));
  }

  passes(): boolean {
    return this.#first.came;
  }

  plan({ byteLength }: Buffer, nowMs: number, departures: Departures): void {
    const isFirst = !this.#first.came;
    if (isFirst) this.context.count('delayedOpens');
    this.#first.came = true;
    departures.leave(byteLength, isFirst ? nowMs + this.options().delayMs : nowMs);
  }
}
