import { Observable, type Subscription } from 'rxjs';
import { retain } from '../flow/retain';
import { formatShare } from '../units/format';
import { fault } from './fault';

export interface ReorderOptions {
  /** The share of datagrams that are overtaken, 0..1. */
  readonly p: number;
  /** By how many later ones. Minimum: `1`. Default: `1`. */
  readonly depth?: number;
  /** The longest wait for them, in milliseconds. Default: `100`. */
  readonly timeoutMs?: number;
}

/** A datagram that waits to be overtaken. */
interface Waiting {
  readonly frame: Buffer;
  left: number;
  timer?: Subscription;
}

/**
 * Lets datagrams be overtaken by later ones: one that is hit waits until `depth` others have passed, or `timeoutMs`,
 * or the end. Needs no latency. UDP only.
 *
 * ```text
 * depth 2        ab-c----d|   →  -b-(ca)-d|     a is hit
 * timeout 3      a----|       →  ---a-|
 * the end        a-|          →  --(a|)
 * ```
 *
 * Semantics: clumsy's out of order; ratio and extent as in RFC 4737.
 */
export const reorder = fault({
  name: 'reorder',
  transports: ['udp'],
  says: 'lets datagrams be overtaken',
  source: 'tc-netem reorder, clumsy out of order, RFC 4737',
  parameters: {
    p: { word: 'reorder', kind: 'probability', says: 'the share that is overtaken' },
    depth: { word: 'depth', kind: 'count', least: 1, says: 'by how many later ones' },
    timeoutMs: { word: 'timeout', kind: 'duration', says: 'the longest wait for them' },
  },
  defaults: { depth: 1, timeoutMs: 100 },
  operator: (options: () => Required<ReorderOptions>, context) => (source) =>
    new Observable((subscriber) => {
      const { scheduler, budget } = context;
      const holder = budget.holder();
      const draws = context.random('reorder');
      const place = context.keep('place', () => ({ index: 0 }));
      const waiting = new Set<Waiting>();
      let flushing = false;

      const leave = (held: Waiting): void => {
        if (!waiting.delete(held)) return;
        held.timer?.unsubscribe();
        holder.refund(held.frame.byteLength);
        subscriber.next(held.frame);
      };
      const leaveAll = (): void => [...waiting].forEach(leave);
      const hold = (frame: Buffer): void => {
        const { depth, timeoutMs } = options();
        const held: Waiting = { frame: retain(frame), left: depth };
        waiting.add(held);
        holder.charge(frame.byteLength);
        context.most('heldBytes', holder.heldBytes);
        held.timer = scheduler.schedule(() => leave(held), timeoutMs);
      };
      const pass = (frame: Buffer): void => {
        subscriber.next(frame);
        for (const held of [...waiting]) if ((held.left -= 1) === 0) leave(held);
      };

      subscriber.add(() => {
        for (const { timer, frame } of waiting) {
          timer?.unsubscribe();
          context.count('discardedBytes', frame.byteLength);
        }
        waiting.clear();
        holder.release();
      });
      const flush = (): void => {
        // What stages further up flush comes after, and does not wait either.
        flushing = true;
        leaveAll();
      };
      subscriber.add(context.flush$.subscribe(flush));
      subscriber.add(
        source.subscribe({
          next: (frame) => {
            const index = place.index++;
            context.count('drawn');
            if (draws() >= options().p || flushing) return pass(frame);
            if (holder.full) return context.count('overlimit');
            context.count('reordered');
            context.decided?.({ action: 'reorder', index });
            hold(frame);
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            leaveAll();
            subscriber.complete();
          },
        }),
      );
    }),
  summary: (counts) => {
    const reordered = counts.get('reordered') ?? 0;
    return reordered === 0 ? undefined : `${reordered} overtaken (${formatShare(reordered, counts.get('drawn') ?? 0)})`;
  },
});
