import { Observable, takeWhile, type MonoTypeOperatorFunction, type Subscriber } from 'rxjs';
import type { Stage } from '../stage';
import type { ByteBudget } from './byteBudget';

/** A stage shows what it is on its first connections; watching every one would cost what it is worth. */
const WATCHED_PEERS = 16;

/**
 * The stage, watched for emitting on its own time without an account of what it holds: `delay` on its own parks the
 * whole of a fast sender's bytes, and nothing can be seen of it but this: it emits while no call into it (subscribe,
 * next, complete) is on the stack. Warns once, naming `perChunk` and `pulled`, which keep that account.
 */
export const watchTurns = (stage: Stage, name: string): Stage => {
  let watching = WATCHED_PEERS;
  let warned = false;
  return (context) => {
    if (warned || watching === 0) return stage(context);
    watching -= 1;
    let accounts = false;
    const holder: ByteBudget['holder'] = (highBytes, place) => {
      accounts = true;
      return context.budget.holder(highBytes, place);
    };
    const operator = stage({ ...context, budget: { eased$: context.budget.eased$, holder } });
    return watchEmissions(operator, () => {
      if (accounts || warned) return;
      warned = true;
      context.log(
        `The stage "${name}" emits on its own time, so nothing bounds what it holds: ` +
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
      const untilClosed = (side: Subscriber<Buffer>): MonoTypeOperatorFunction<Buffer> =>
        // A synchronous operator may emit without end before its subscription is ours to end.
        takeWhile(() => !side.closed);
      let calls = 0;
      const during = (call: () => void): void => {
        calls += 1;
        call();
        calls -= 1;
      };
      const input = new Observable<Buffer>((into) =>
        source.pipe(untilClosed(into)).subscribe({
          next: (chunk) => during(() => into.next(chunk)),
          error: (error: unknown) => during(() => into.error(error)),
          complete: () => during(() => into.complete()),
        }),
      );
      during(() => {
        const output = operator(input).pipe(untilClosed(subscriber));
        const watched = output.subscribe({
          next: (chunk) => {
            if (calls === 0) onOwnTime();
            subscriber.next(chunk);
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        });
        subscriber.add(watched);
      });
    });
