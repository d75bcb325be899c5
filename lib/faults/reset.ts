import { Draws } from './kit/draws';
import { Segments } from './kit/segments';
import { formatCount } from '../format/formatUnits';
import { afterParameters, endAfter, type EndCondition } from './kit/endAfter';
import { defineFault } from './kit/defineFault';
import { resetError } from './kit/resetError';

export interface ResetOptions extends EndCondition {
  /** The probability that a segment of 1460 bytes resets the connection, 0..1. Replaces the immediate reset. */
  readonly p?: number;
}

/**
 * Resets the connection (RST), at once or later. TCP only.
 *
 * The reset comes after a time, a number of bytes or a number of frames.
 *
 * ```text
 * after 5    a-b-c-d|  →  a-b-c#
 * ```
 *
 * Traffic does not extend the time. Bytes that the kernel has accepted may or may not arrive before the RST. Bytes that
 * upstream stages buffer are discarded and counted. Semantics: Toxiproxy's reset_peer.
 */
export const reset = defineFault({
  name: 'reset',
  transports: ['tcp'],
  description: 'resets the connection (RST)',
  source: 'Toxiproxy reset_peer, WireMock CONNECTION_RESET_BY_PEER',
  parameters: {
    ...afterParameters,
    p: { key: 'p', kind: 'probability', description: 'or probability that a segment resets the connection' },
  },
  defaults: {},
  operator: (options: () => ResetOptions, context) => {
    const { transport, state, random } = context;
    const draws = state('draws', () => new Draws(random, 'reset'));
    const segments = state('segments', () => new Segments(transport, false));
    const bytesBeforeHit = ({ byteLength }: Buffer): number => {
      const { p = 0 } = options();
      if (p === 0) {
        draws.skip(segments.pass(byteLength));
        return Infinity;
      }
      const start = segments.at;
      let hitAt = Infinity;
      const part = (_: number, at: number, isHit: boolean): void => void (hitAt = isHit ? Math.min(hitAt, at) : hitAt);
      segments.visit(byteLength, { draw: () => draws.next() < p, part });
      return hitAt - start;
    };
    const when = (): EndCondition => (isBare(options()) ? { afterMs: 0 } : options());
    return endAfter(when, context, (out) => out.error(resetError('reset')), bytesBeforeHit);
  },
  summary: (counts) => {
    const ended = counts.get('ended') ?? 0;
    return ended === 0 ? undefined : `${formatCount(ended, 'connection')} reset`;
  },
});

const isBare = ({ p, afterMs, afterBytes, afterFrames }: ResetOptions): boolean =>
  p === undefined && afterMs === undefined && afterBytes === undefined && afterFrames === undefined;
