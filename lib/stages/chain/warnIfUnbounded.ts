import { Observable, type MonoTypeOperatorFunction, type Subscriber } from 'rxjs';
import type { Stage } from '../../stage';
import type { ByteBudget } from '../../budget';
import { ForwardingSubscriber } from '../../streams/forwardingSubscriber';

/** A stage shows what it is on its first connections; watching every one would cost what it is worth. */
const WATCHED_PEERS = 16;

/**
 * The stage, watched for emitting on its own time without an account of what it holds: `delay` on its own parks the
 * whole of a fast sender's bytes, and nothing can be seen of it but this: it emits while no call into it (subscribe,
 * next, complete) is on the stack. Warns once, naming `perChunk` and `pulled`, which keep that account. What is emitted
 * before a chunk has come, a greeting, holds nothing.
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

/** The operator, calling `onOwnTime` whenever it emits outside of every call into it. */
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

/** The calls into one operator that are on the stack. */
class CallDepth {
  depth = 0;
  /** Whether a chunk has come, that the operator could hold. */
  hasInput = false;

  constructor(readonly onOwnTime: () => void) {}
}

/** Right before the operator. Subscribers and no closures around them: the first peers are watched for as long as they live. */
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

/** Right behind it. */
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
