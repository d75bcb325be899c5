import { Observable, type MonoTypeOperatorFunction, type Subscriber } from 'rxjs';
import type { Stage } from '../../stage';
import type { ByteBudget } from '../../budget';
import { ForwardingSubscriber } from '../../streams/forwardingSubscriber';

/** The number of connections that are watched: a stage shows its nature on the first ones. */
const WATCHED_PEERS = 16;

/**
 * Watches a stage for emitting asynchronously without a budget account. A bare `delay` buffers everything that a fast
 * client sends, and can be recognized only by this: it emits while no call into it (subscribe, next, complete) is on
 * the stack. Warns once, and names `perChunk` and `pulled`. What is emitted before the first chunk, a greeting, does
 * not count.
 */
export const warnIfUnbounded = (stage: Stage, name: string): Stage => {
  let watching = WATCHED_PEERS;
  let warned = false;
  return (context) => {
    if (warned || watching === 0) return stage(context);
    watching -= 1;
    let accounts = false;
    const openAccount: ByteBudget['openAccount'] = (highWaterMark, place) => {
      accounts = true;
      return context.budget.openAccount(highWaterMark, place);
    };
    const operator = stage({ ...context, budget: { drain$: context.budget.drain$, openAccount } });
    return watchEmissions(operator, () => {
      if (accounts || warned) return;
      warned = true;
      context.log(
        `The stage "${name}" emits asynchronously without a budget account, so nothing limits what it buffers: ` +
          'wrap an operator that treats chunks one by one in perChunk(), a whole-stream transform in pulled()',
        'warn',
      );
    });
  };
};

/** Returns the operator, which calls `onOwnTime` when it emits outside of every call into it. */
const watchEmissions =
  (operator: MonoTypeOperatorFunction<Buffer>, onOwnTime: () => void): MonoTypeOperatorFunction<Buffer> =>
  (source) =>
    new Observable((subscriber) => {
      const calls = new CallDepth(onOwnTime);
      const input = new Observable<Buffer>((into) => void source.subscribe(new StageInput(into, calls)));
      calls.depth += 1;
      operator(input).subscribe(new StageEnd(subscriber, calls));
      calls.depth -= 1;
    });

/** The depth of calls into one operator. */
class CallDepth {
  depth = 0;
  /** Whether a chunk has arrived, which the operator could buffer. */
  hasInput = false;

  constructor(readonly onOwnTime: () => void) {}
}

/** Stands before the operator. A subscriber instead of closures, because the first peers are watched all their life. */
class StageInput extends ForwardingSubscriber<Buffer, Buffer> {
  constructor(
    out: Subscriber<Buffer>,
    private readonly calls: CallDepth,
  ) {
    super(out);
  }

  next(chunk: Buffer): void {
    this.calls.hasInput = true;
    this.calls.depth += 1;
    this.out.next(chunk);
    this.calls.depth -= 1;
  }

  override error(error: unknown): void {
    this.calls.depth += 1;
    this.out.error(error);
    this.calls.depth -= 1;
  }

  override complete(): void {
    this.calls.depth += 1;
    this.out.complete();
    this.calls.depth -= 1;
  }
}

/** Stands behind the operator. */
class StageEnd extends ForwardingSubscriber<Buffer, Buffer> {
  constructor(
    out: Subscriber<Buffer>,
    private readonly calls: CallDepth,
  ) {
    super(out);
  }

  next(chunk: Buffer): void {
    if (this.calls.depth === 0 && this.calls.hasInput) this.calls.onOwnTime();
    this.out.next(chunk);
  }
}
