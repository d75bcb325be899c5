import { delayLine, type Leave } from '../flow/delayLine';
import { formatBytes } from '../units/format';
import { fault } from './fault';

export interface StallOptions {
  /** When it begins, after the connection did, in milliseconds. Default: `0`. */
  readonly afterMs?: number;
  /** How long it lasts, in milliseconds. Default: until it is switched off, or the server stops. */
  readonly forMs?: number;
}

/**
 * Holds everything for a while and loses nothing: a cable that is pulled and put back. TCP stops reading at the mark,
 * and the peer's window closes.
 *
 * ```text
 * after 2 for 4    a-b-c-----d|  →  a-----(bc)d|
 * ```
 *
 * Semantics: etcd's PauseTx, turmoil's hold.
 */
export const stall = fault({
  name: 'stall',
  transports: ['tcp', 'udp'],
  says: 'holds everything for a while, and loses nothing',
  source: 'etcd PauseTx, turmoil hold',
  parameters: {
    afterMs: { word: 'after', kind: 'duration', says: 'when it begins' },
    forMs: { word: 'for', kind: 'duration', says: 'how long it lasts (default: until the stop)' },
  },
  defaults: { afterMs: 0 },
  operator: (options: () => StallOptions & { readonly afterMs: number }, context) => {
    const { startMs } = context.keep('start', () => ({ startMs: context.scheduler.now() }));
    const plan = (frame: Buffer, nowMs: number): Leave[] => {
      const { afterMs, forMs = Infinity } = options();
      const inside = nowMs >= startMs + afterMs;
      return [{ bytes: frame.byteLength, dueMs: inside ? startMs + afterMs + forMs : nowMs }];
    };
    return delayLine({ plan }, context);
  },
  summary: (counts) => {
    const held = counts.get('heldBytes') ?? 0;
    return held === 0 ? undefined : `held at most ${formatBytes(held)}`;
  },
});
