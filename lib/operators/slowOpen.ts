import { delayLine, type Leave } from '../flow/delayLine';
import { formatCount } from '../units/format';
import { fault } from './fault';

export interface SlowOpenOptions {
  /** How much later the first frame leaves, in milliseconds; those behind it wait for it. */
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
export const slowOpen = fault({
  name: 'slow-open',
  transports: ['tcp'],
  says: 'delays the first frame',
  source: 'toxy slowOpen, Toxiproxy pull request 536',
  parameters: { delayMs: { word: 'slow-open', kind: 'duration', says: 'how much later' } },
  defaults: {},
  operator: (options: () => SlowOpenOptions, context) => {
    const first = context.keep('first', () => ({ came: false }));
    const plan = (frame: Buffer, nowMs: number): Leave[] => {
      const dueMs = first.came ? nowMs : nowMs + options().delayMs;
      if (!first.came) context.count('delayedOpens');
      first.came = true;
      return [{ bytes: frame.byteLength, dueMs }];
    };
    return delayLine({ plan }, context);
  },
  summary: (counts) => {
    const opens = counts.get('delayedOpens') ?? 0;
    return opens === 0 ? undefined : `${formatCount(opens, 'first frame')} delayed`;
  },
});
