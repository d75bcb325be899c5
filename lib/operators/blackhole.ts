import { Observable } from 'rxjs';
import { formatBytes } from '../units/format';
import { bytesTaken } from './bytesTaken';
import { fault } from './fault';
import { resetError } from './resetError';

export interface BlackholeOptions {
  /** When it begins, after the connection did, in milliseconds. Default: `0`. */
  readonly afterMs?: number;
  /** How long it lasts, in milliseconds. Default: until the end. */
  readonly forMs?: number;
  /** What comes then: `resume` for UDP alone; on TCP bytes are gone, and the stream has to end. Default: by transport. */
  readonly then?: 'resume' | 'close' | 'reset';
}

type Settled = BlackholeOptions & Required<Pick<BlackholeOptions, 'afterMs'>>;

/**
 * Swallows everything for a while: the sender sees its data taken, and nothing comes back.
 *
 * ```text
 * UDP, resume, after 2 for 4    a-b-c-d-e|  →  a-----d-e|
 * TCP, close, after 2 for 5     a-b-c-d-e|  →  a------|
 * ```
 *
 * Semantics: Toxiproxy's timeout, Chaos Mesh's partition.
 */
export const blackhole = fault({
  name: 'blackhole',
  transports: ['tcp', 'udp'],
  says: 'swallows everything for a while',
  source: 'Toxiproxy timeout, Chaos Mesh partition',
  parameters: {
    afterMs: { word: 'after', kind: 'duration', says: 'when it begins' },
    forMs: { word: 'for', kind: 'duration', says: 'how long it lasts (default: until the end)' },
    then: { word: 'then', kind: 'choice', choices: ['resume', 'close', 'reset'], says: 'what comes then' },
  },
  defaults: { afterMs: 0 },
  objection: ({ then }: Settled, transport) =>
    transport === 'tcp' && then === 'resume'
      ? 'bytes of a TCP stream are gone then: use then=close or reset'
      : undefined,
  operator: (options: () => Settled, context) => (source) =>
    new Observable((subscriber) => {
      const { scheduler, transport } = context;
      const { startMs } = context.keep('start', () => ({ startMs: scheduler.now() }));
      const endMs = (): number => startMs + options().afterMs + (options().forMs ?? Infinity);
      const end = (): void => {
        const { then = transport === 'tcp' ? 'close' : 'resume' } = options();
        if (then === 'reset') subscriber.error(resetError('blackhole'));
        if (then === 'close') subscriber.complete();
      };
      const endInTime = (): void => {
        const leftMs = endMs() - scheduler.now();
        if (leftMs <= 0) end();
        else if (leftMs < Infinity) subscriber.add(scheduler.schedule(endInTime, leftMs));
      };
      endInTime();
      subscriber.add(
        source.subscribe({
          next: (frame) => {
            const nowMs = scheduler.now();
            // A live change may have brought the end nearer than the timer.
            if (nowMs >= endMs()) end();
            if (nowMs < startMs + options().afterMs || nowMs >= endMs()) return subscriber.next(frame);
            context.count('dropped');
            context.count('droppedBytes', frame.byteLength);
            bytesTaken(context).bytes += frame.byteLength;
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    }),
  summary: (counts) => {
    const bytes = counts.get('droppedBytes') ?? 0;
    return counts.has('dropped') ? `${formatBytes(bytes)} swallowed` : undefined;
  },
});
