import { Observable, type Subscriber } from 'rxjs';
import { Draws } from './kit/draws';
import { ForwardingSubscriber } from '../streams/forwardingSubscriber';
import type { StageContext } from '../stage';
import { formatShare } from '../format/formatUnits';
import { defineFault } from './kit/defineFault';

export interface DuplicateOptions {
  /** The share of datagrams that are sent again, 0..1. */
  readonly p: number;
  /** The number of copies that follow the original. 1 to 100. Default: `1`. */
  readonly copies?: number;
}

/**
 * Sends datagrams more than once. UDP only.
 *
 * The copies follow their original directly. Stages downstream treat them like any other datagram.
 *
 * ```text
 * drawn .05, .5    a---b----|  →  (aa)b----|
 * ```
 *
 * Semantics: tc-netem's duplicate; duplication as in RFC 5560.
 */
export const duplicate = defineFault({
  name: 'duplicate',
  transports: ['udp'],
  description: 'sends datagrams more than once',
  source: 'tc-netem duplicate, RFC 5560',
  parameters: {
    p: { key: 'duplicate', kind: 'probability', description: 'share of datagrams that are sent again' },
    copies: {
      key: 'copies',
      kind: 'count',
      min: 1,
      max: 100,
      description: 'number of copies that follow the original',
    },
  },
  defaults: { copies: 1 },
  operator: (options: () => Required<DuplicateOptions>, context) => (source) =>
    new Observable((out) => void source.subscribe(new DuplicateSubscriber(out, options, context))),
  summary: (counts) => {
    const duplicated = counts.get('duplicated') ?? 0;
    return duplicated === 0
      ? undefined
      : `${duplicated} duplicated (${formatShare(duplicated, counts.get('drawn') ?? 0)})`;
  },
});

class DuplicateSubscriber extends ForwardingSubscriber<Buffer, Buffer> {
  readonly #state: DuplicateState;

  constructor(
    out: Subscriber<Buffer>,
    private readonly options: () => Required<DuplicateOptions>,
    private readonly context: StageContext,
  ) {
    super(out);
    this.#state = context.state('state', () => new DuplicateState(context.random));
  }

  next(frame: Buffer): void {
    for (let left = this.#copies(); left >= 0; left -= 1) this.out.next(frame);
  }

  #copies(): number {
    const { context } = this;
    const { draws } = this.#state;
    const { p, copies } = this.options();
    const index = this.#state.index++;
    context.count('drawn');
    if (p === 0) draws.skip();
    if (p === 0 || draws.next() >= p) return 0;
    context.count('duplicated');
    context.recordDecision?.({ action: 'duplicate', index });
    return copies;
  }
}

/** The state of a duplicate for one peer. */
class DuplicateState {
  index = 0;
  readonly draws: Draws;

  constructor(random: StageContext['random']) {
    this.draws = new Draws(random, 'duplicate');
  }
}
