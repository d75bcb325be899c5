import { Observable, type Subscriber } from 'rxjs';
import { ForwardingSubscriber } from '../streams/forwardingSubscriber';
import type { StageContext } from '../stage';
import { formatBytes, formatCount } from '../format/formatUnits';
import { defineFault } from './kit/defineFault';
import { resetError } from './kit/resetError';

export interface LimitOptions {
  /** The number of bytes that pass. */
  readonly bytes: number;
  /** TCP: how the stream ends, with FIN (`close`) or with RST (`reset`). Default: `close`. */
  readonly then?: 'close' | 'reset';
}

/**
 * Passes a number of bytes, then ends the stream.
 *
 * On TCP it cuts the last frame to pass exactly that number. On UDP it passes each whole datagram that still fits and
 * drops the others.
 *
 * ```text
 * close, 5 bytes    x-y-z|  →  p-(q|)        x, y, z: "abc"; p: "abc", q: "ab"
 * reset, 5 bytes    x-y-z|  →  p-(q#)
 * close, 0 bytes    x-y-z|  →  |             the stream ends at the first frame
 * ```
 *
 * Semantics: Toxiproxy's limit_data.
 */
export const limit = defineFault({
  name: 'limit',
  transports: ['tcp', 'udp'],
  description: 'passes a number of bytes, then ends the stream',
  source: 'Toxiproxy limit_data',
  parameters: {
    bytes: { key: 'limit', kind: 'size', description: 'number of bytes that pass' },
    then: { key: 'then', kind: 'choice', choices: ['close', 'reset'], description: 'TCP: how the stream ends' },
  },
  defaults: { then: 'close' },
  operator: (options: () => Required<LimitOptions>, context) => (source) =>
    new Observable((out) => void source.subscribe(new LimitSubscriber(out, options, context))),
  summary: (counts) => {
    const [ended, dropped] = [counts.get('ended') ?? 0, counts.get('dropped') ?? 0];
    if (dropped > 0) return `${dropped} datagrams dropped after ${formatBytes(counts.get('bytes') ?? 0)} in`;
    return ended === 0 ? undefined : `${formatCount(ended, 'connection')} ended`;
  },
});

class LimitSubscriber extends ForwardingSubscriber<Buffer, Buffer> {
  readonly #passed: { bytes: number };

  constructor(
    out: Subscriber<Buffer>,
    private readonly options: () => Required<LimitOptions>,
    private readonly context: StageContext,
  ) {
    super(out);
    this.#passed = context.state('passed', () => ({ bytes: 0 }));
  }

  next(frame: Buffer): void {
    if (this.closed) return;
    if (this.context.transport === 'udp') this.#passDatagram(frame);
    else this.#passBytes(frame);
  }

  #passDatagram(frame: Buffer): void {
    const passed = this.#passed;
    if (passed.bytes + frame.byteLength > this.options().bytes) return this.context.count('dropped');
    passed.bytes += frame.byteLength;
    this.out.next(frame);
  }

  #passBytes(frame: Buffer): void {
    const passed = this.#passed;
    const { bytes, then } = this.options();
    const left = Math.max(0, bytes - passed.bytes);
    const fitting = frame.byteLength <= left ? frame : frame.subarray(0, left);
    passed.bytes += fitting.byteLength;
    if (fitting.byteLength > 0) this.out.next(fitting);
    if (passed.bytes < bytes) return;
    this.context.count('ended');
    this.context.recordDecision?.({ action: then, offset: passed.bytes });
    if (then === 'reset') this.out.error(resetError('limit'));
    else this.out.complete();
  }
}
