import { Observable } from 'rxjs';
import { formatShare } from '../units/format';
import { fault } from './fault';

export interface DuplicateOptions {
  /** The share of datagrams that are sent again, 0..1. */
  readonly p: number;
  /** How many copies follow the original. Minimum: `1`. Default: `1`. */
  readonly copies?: number;
}

/**
 * Sends datagrams more than once: the copies follow their original directly, and are a stage further down datagrams
 * like any other. UDP only.
 *
 * ```text
 * drawn .05, .5    a---b----|  →  (aa)b----|
 * ```
 *
 * Semantics: tc-netem's duplicate; duplication as in RFC 5560.
 */
export const duplicate = fault({
  name: 'duplicate',
  transports: ['udp'],
  says: 'sends datagrams more than once',
  source: 'tc-netem duplicate, RFC 5560',
  parameters: {
    p: { word: 'duplicate', kind: 'probability', says: 'the share that is sent again' },
    copies: { word: 'copies', kind: 'count', least: 1, most: 100, says: 'how many copies follow' },
  },
  defaults: { copies: 1 },
  operator: (options: () => Required<DuplicateOptions>, context) => {
    const draws = context.random('duplicate');
    const place = context.keep('place', () => ({ index: 0 }));
    const copiesOf = (): number => {
      const { p, copies } = options();
      const index = place.index++;
      context.count('drawn');
      if (draws() >= p) return 0;
      context.count('duplicated');
      context.decided?.({ action: 'duplicate', index });
      return copies;
    };
    return (source) =>
      new Observable((subscriber) =>
        source.subscribe({
          next: (frame) => {
            for (let left = copiesOf(); left >= 0; left -= 1) subscriber.next(frame);
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
  },
  summary: (counts) => {
    const duplicated = counts.get('duplicated') ?? 0;
    return duplicated === 0
      ? undefined
      : `${duplicated} duplicated (${formatShare(duplicated, counts.get('drawn') ?? 0)})`;
  },
});
