import type { Subscriber, Subscription } from 'rxjs';
import type { BudgetAccount } from '../budget';
import { Draws } from './kit/draws';
import { FlushSignal } from '../stages/chain/flushSignal';
import { LightSubscriber, operate } from '../streams/lightSubscriber';
import { retain } from '../streams/retain';
import type { StageContext } from '../stage';
import { formatShare } from '../format/formatUnits';
import { defineFault } from './kit/defineFault';

export interface ReorderOptions {
  /** The share of datagrams that are overtaken, 0..1. */
  readonly p: number;
  /** The number of later datagrams that overtake one. Minimum: `1`. Default: `1`. */
  readonly depth?: number;
  /** Limits how long a datagram waits for them, in milliseconds. Default: `100`. */
  readonly timeoutMs?: number;
}

/** A datagram that waits to be overtaken. */
interface Waiting {
  readonly frame: Buffer;
  /** How many more datagrams are to overtake it. */
  left: number;
  readonly timer: Subscription;
}

/**
 * Delays datagrams until later ones have overtaken them. UDP only.
 *
 * A selected datagram leaves when `depth` others have passed, after `timeoutMs`, or when the stream ends. The fault
 * needs no latency.
 *
 * ```text
 * depth 2        ab-c----d|   →  -b-(ca)-d|     a is selected
 * timeout 3      a----|       →  ---a-|
 * the end        a-|          →  --(a|)
 * ```
 *
 * Semantics: clumsy's out of order; ratio and extent as in RFC 4737.
 */
export const reorder = defineFault({
  name: 'reorder',
  transports: ['udp'],
  description: 'lets later datagrams overtake',
  source: 'tc-netem reorder, clumsy out of order, RFC 4737',
  parameters: {
    p: { key: 'reorder', kind: 'probability', description: 'share of datagrams that are overtaken' },
    depth: { key: 'depth', kind: 'count', min: 1, description: 'number of later datagrams that overtake one' },
    timeoutMs: { key: 'timeout', kind: 'duration', description: 'max wait for them' },
  },
  defaults: { depth: 1, timeoutMs: 100 },
  operator: (options: () => Required<ReorderOptions>, context) =>
    operate((out) => new ReorderSubscriber(out, options, context)),
  summary: (counts) => {
    const reordered = counts.get('reordered') ?? 0;
    return reordered === 0 ? undefined : `${reordered} overtaken (${formatShare(reordered, counts.get('drawn') ?? 0)})`;
  },
});

class ReorderSubscriber extends LightSubscriber<Buffer> {
  readonly #account: BudgetAccount;
  readonly #state: ReorderState;
  /** In order of arrival. */
  #waiting: readonly Waiting[] = NONE;
  #flushing = false;

  constructor(
    private readonly out: Subscriber<Buffer>,
    private readonly options: () => Required<ReorderOptions>,
    private readonly context: StageContext,
  ) {
    super();
    this.#account = context.budget.openAccount();
    this.#state = context.state('state', () => new ReorderState(context.random));
    out.add(FlushSignal.listen(context.flush$, this));
  }

  next(frame: Buffer): void {
    if (this.closed) return;
    const { context } = this;
    const index = this.#state.index++;
    context.count('drawn');
    if (!this.#isHit() || this.#flushing) return this.#pass(frame);
    if (this.#account.full) return context.count('overlimit');
    context.count('reordered');
    context.recordDecision?.({ action: 'reorder', index });
    this.#hold(frame);
  }

  error(error: unknown): void {
    if (!this.closed) this.out.error(error);
  }

  complete(): void {
    if (this.closed) return;
    this.#leaveAll();
    this.out.complete();
  }

  flush(): void {
    // Upstream stages flush later than this one. What they emit must not wait here.
    this.#flushing = true;
    this.#leaveAll();
  }

  /** Discards all buffered datagrams and counts their bytes. */
  override unsubscribe(): void {
    if (this.closed) return;
    super.unsubscribe();
    const { flush$, count } = this.context;
    if (flush$ instanceof FlushSignal) flush$.delete(this);
    for (const { timer, frame } of this.#waiting) {
      timer.unsubscribe();
      count('discardedBytes', frame.byteLength);
    }
    this.#waiting = NONE;
    this.#account.release();
  }

  #isHit(): boolean {
    const { p } = this.options();
    const { draws } = this.#state;
    if (p > 0) return draws.next() < p;
    draws.skip();
    return false;
  }

  #hold(lent: Buffer): void {
    const { scheduler, recordMax } = this.context;
    const { depth, timeoutMs } = this.options();
    const frame = retain(lent);
    const timer = scheduler.schedule(() => this.#leave(waiting), timeoutMs);
    const waiting: Waiting = { frame, left: depth, timer };
    this.#waiting = [...this.#waiting, waiting];
    this.#account.charge(frame.byteLength);
    recordMax('bufferedBytes', this.#account.bufferedBytes);
  }

  #pass(frame: Buffer): void {
    this.out.next(frame);
    for (const waiting of this.#waiting) if ((waiting.left -= 1) === 0) this.#leave(waiting);
  }

  #leave(waiting: Waiting): void {
    if (!this.#waiting.includes(waiting)) return;
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
    waiting.timer.unsubscribe();
    this.#account.refund(waiting.frame.byteLength);
    this.out.next(waiting.frame);
  }

  #leaveAll(): void {
    for (const waiting of this.#waiting) this.#leave(waiting);
  }
}

const NONE: readonly Waiting[] = [];

/** The state of a reorder for one peer. */
class ReorderState {
  index = 0;
  readonly draws: Draws;

  constructor(random: StageContext['random']) {
    this.draws = new Draws(random, 'reorder');
  }
}
