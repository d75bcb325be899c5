import type { Subscriber, Subscription } from 'rxjs';
import { LightSubscriber, operate } from '../streams/lightSubscriber';
import type { StageContext } from '../stage';
import { formatBytes } from '../format/formatUnits';
import { bytesTaken } from './kit/bytesTaken';
import { defineFault } from './kit/defineFault';
import { resetError } from './kit/resetError';

export interface BlackholeOptions {
  /** When it starts, after the connection began, in milliseconds. Default: `0`. */
  readonly afterMs?: number;
  /** How long it lasts, in milliseconds. Default: until the connection ends. */
  readonly forMs?: number;
  /**
   * What happens when it is over. Default: `close` on TCP, `resume` on UDP. TCP does not allow `resume`, because bytes
   * of the stream are missing.
   */
  readonly then?: 'resume' | 'close' | 'reset';
}

type Settled = BlackholeOptions & Required<Pick<BlackholeOptions, 'afterMs'>>;

/**
 * Discards everything for a while.
 *
 * The sender sees that its data is accepted, and receives no reply.
 *
 * ```text
 * UDP, resume, after 2 for 4    a-b-c-d-e|  →  a-----d-e|
 * TCP, close, after 2 for 5     a-b-c-d-e|  →  a------|
 * ```
 *
 * Semantics: Toxiproxy's timeout, Chaos Mesh's partition.
 */
export const blackhole = defineFault({
  name: 'blackhole',
  transports: ['tcp', 'udp'],
  description: 'discards everything for a while',
  source: 'Toxiproxy timeout, Chaos Mesh partition',
  parameters: {
    afterMs: { key: 'after', kind: 'duration', description: 'when it starts' },
    forMs: { key: 'for', kind: 'duration', description: 'how long it lasts (default: until the connection ends)' },
    then: {
      key: 'then',
      kind: 'choice',
      choices: ['resume', 'close', 'reset'],
      description: 'what happens when it is over',
    },
  },
  defaults: { afterMs: 0 },
  validate: ({ then }: Settled, transport) =>
    transport === 'tcp' && then === 'resume'
      ? 'a TCP stream cannot go on after losing bytes; expected then=close or then=reset'
      : undefined,
  operator: (options: () => Settled, context) => operate((out) => new BlackholeSubscriber(out, options, context)),
  summary: (counts) => {
    const bytes = counts.get('droppedBytes') ?? 0;
    return counts.has('dropped') ? `${formatBytes(bytes)} swallowed` : undefined;
  },
});

class BlackholeSubscriber extends LightSubscriber<Buffer> {
  readonly #startMs: number;
  #timer: Subscription | undefined;

  constructor(
    private readonly out: Subscriber<Buffer>,
    private readonly options: () => Settled,
    private readonly context: StageContext,
  ) {
    super();
    const { scheduler, state } = context;
    this.#startMs = state('start', () => ({ startMs: scheduler.now() })).startMs;
    this.#endInTime();
  }

  next(frame: Buffer): void {
    if (this.closed) return;
    const { context } = this;
    const nowMs = context.scheduler.now();
    const endMs = this.#endMs;
    // A live change may have moved the end before the timer.
    if (nowMs >= endMs) this.#end();
    if (nowMs < this.#startMs + this.options().afterMs || nowMs >= endMs) return this.out.next(frame);
    context.count('dropped');
    context.count('droppedBytes', frame.byteLength);
    bytesTaken(context).bytes += frame.byteLength;
  }

  error(error: unknown): void {
    this.out.error(error);
  }

  complete(): void {
    this.out.complete();
  }

  override unsubscribe(): void {
    super.unsubscribe();
    this.#timer?.unsubscribe();
  }

  get #endMs(): number {
    const { afterMs, forMs = Infinity } = this.options();
    return this.#startMs + afterMs + forMs;
  }

  #endInTime(): void {
    const { scheduler } = this.context;
    const leftMs = this.#endMs - scheduler.now();
    if (leftMs <= 0) this.#end();
    else if (leftMs < Infinity) this.#timer = scheduler.schedule(() => this.#endInTime(), leftMs);
  }

  #end(): void {
    const { then = this.context.transport === 'tcp' ? 'close' : 'resume' } = this.options();
    if (then === 'reset') this.out.error(resetError('blackhole'));
    if (then === 'close') this.out.complete();
  }
}
