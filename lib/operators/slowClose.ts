import { delayLine } from '../flow/delayLine';
import { formatCount } from '../units/format';
import { fault } from './fault';

export interface SlowCloseOptions {
  /** How much later the end comes, in milliseconds. */
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
export const slowClose = fault({
  name: 'slow-close',
  transports: ['tcp'],
  says: 'delays the end of the stream',
  source: 'Toxiproxy slow_close',
  parameters: { delayMs: { word: 'slow-close', kind: 'duration', says: 'how much later' } },
  defaults: {},
  operator: (options: () => SlowCloseOptions, context) => {
    const endDueMs = (nowMs: number): number => {
      context.count('delayedEnds');
      return nowMs + options().delayMs;
    };
    return delayLine({ plan: (frame, dueMs) => [{ bytes: frame.byteLength, dueMs }], endDueMs }, context);
  },
  summary: (counts) => {
    const ends = counts.get('delayedEnds') ?? 0;
    return ends === 0 ? undefined : `${formatCount(ends, 'end')} delayed`;
  },
});
