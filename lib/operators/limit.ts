import { Observable } from 'rxjs';
import { formatBytes, formatCount } from '../units/format';
import { fault } from './fault';
import { resetError } from './resetError';

export interface LimitOptions {
  /** How many bytes pass. */
  readonly bytes: number;
  /** TCP: how the stream ends then, with FIN or with RST. Default: `close`. */
  readonly then?: 'close' | 'reset';
}

/**
 * Passes exactly so many bytes, cutting the last frame, then ends the stream. UDP: whole datagrams, those that fit;
 * the others are dropped.
 *
 * ```text
 * close, 5 bytes    x-y-z|  →  p-(q|)        x, y, z: "abc"; p: "abc", q: "ab"
 * reset, 5 bytes    x-y-z|  →  p-(q#)
 * close, 0 bytes    x-y-z|  →  |             at the first frame
 * ```
 *
 * Semantics: Toxiproxy's limit_data.
 */
export const limit = fault({
  name: 'limit',
  transports: ['tcp', 'udp'],
  says: 'passes so many bytes, then ends',
  source: 'Toxiproxy limit_data',
  parameters: {
    bytes: { word: 'limit', kind: 'size', says: 'how many bytes pass' },
    then: { word: 'then', kind: 'choice', choices: ['close', 'reset'], says: 'TCP: how the stream ends' },
  },
  defaults: { then: 'close' },
  operator: (options: () => Required<LimitOptions>, context) => (source) =>
    new Observable((subscriber) => {
      const passed = context.keep('passed', () => ({ bytes: 0 }));
      const passDatagram = (frame: Buffer): void => {
        if (passed.bytes + frame.byteLength > options().bytes) return context.count('dropped');
        passed.bytes += frame.byteLength;
        subscriber.next(frame);
      };
      const passBytes = (frame: Buffer): void => {
        if (subscriber.closed) return;
        const { bytes, then } = options();
        const left = Math.max(0, bytes - passed.bytes);
        const fitting = frame.byteLength <= left ? frame : frame.subarray(0, left);
        passed.bytes += fitting.byteLength;
        if (fitting.byteLength > 0) subscriber.next(fitting);
        if (passed.bytes < bytes) return;
        context.count('ended');
        context.decided?.({ action: then, offset: passed.bytes });
        if (then === 'reset') subscriber.error(resetError('limit'));
        else subscriber.complete();
      };
      return source.subscribe({
        next: context.transport === 'udp' ? passDatagram : passBytes,
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    }),
  summary: (counts) => {
    const [ended, dropped] = [counts.get('ended') ?? 0, counts.get('dropped') ?? 0];
    if (dropped > 0) return `${dropped} datagrams dropped after ${formatBytes(counts.get('bytes') ?? 0)} in`;
    return ended === 0 ? undefined : `${formatCount(ended, 'connection')} ended`;
  },
});
