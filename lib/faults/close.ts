import { formatCount } from '../format/formatUnits';
import { afterParameters, endAfter, type EndCondition } from './kit/endAfter';
import { defineFault } from './kit/defineFault';

export type CloseOptions = EndCondition;

/**
 * Ends the stream (FIN), at once or later. TCP only.
 *
 * The end comes after a time, a number of bytes or a number of frames. What the peer sends after that is read and
 * discarded.
 *
 * ```text
 * after 5    a-b-c-d|  →  a-b-c|
 * ```
 *
 * Semantics: Toxiproxy's limit_time (pull request 195).
 */
export const close = defineFault({
  name: 'close',
  transports: ['tcp'],
  description: 'ends the stream (FIN)',
  source: 'Toxiproxy pull request 195, limit_time',
  parameters: afterParameters,
  defaults: {},
  operator: (options: () => CloseOptions, context) => {
    const when = (): EndCondition =>
      Object.values(options()).every((value) => value === undefined) ? { afterMs: 0 } : options();
    return endAfter(when, context, (subscriber) => subscriber.complete());
  },
  summary: (counts) => {
    const ended = counts.get('ended') ?? 0;
    return ended === 0 ? undefined : `${formatCount(ended, 'connection')} ended`;
  },
});
