import { NEVER, of, type Observable } from 'rxjs';
import { byteBudget } from '../../../lib/backpressure/byteBudget';
import { takeUntilDrained } from '../../../lib/server/stop/takeUntilDrained';
import { marbles } from '../../support/marbles';

const never = '          -----------';
const each = { capacity: 100, sizeOf: () => 1 };
const on = (turns$: Observable<unknown>) => ({ ...each, quietTicks: () => turns$ });

describe('takeUntilDrained', () => {
  it('continues after the signal until two turns without a value', () => {
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('   -a-b---c-d-------');
      const signal = hot('   ------s----------');
      const turns = cold('         --t-t-t-t-t');
      const subscribed = '   ^-----------!';
      expectObservable(source.pipe(takeUntilDrained(signal, on(turns)))).toBe('-a-b---c-d--|');
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  it('counts again when something passes between two turns', () => {
    marbles(({ hot, cold, expectObservable }) => {
      const source = hot('   ------a-b-c------');
      const signal = hot('   ---s-------------');
      const turns = cold('      --t-t-t-t-t-t');
      expectObservable(source.pipe(takeUntilDrained(signal, on(turns)))).toBe('------a-b-c--|');
    });
  });

  it('completes when as much has passed since the signal as the kernel can hold', () => {
    marbles(({ hot, cold, expectObservable }) => {
      const source = hot('   aaabbbbbbbb');
      const signal = hot('   --s');
      const turns = cold('      ');
      const queue = { capacity: 4, sizeOf: (value: string) => (value === 'b' ? 2 : 1) };
      expectObservable(source.pipe(takeUntilDrained(signal, { ...queue, quietTicks: () => turns }))).toBe('aaab(b|)');
    });
  });

  it('waits while the budget is closed, since nothing is read then', () => {
    marbles(({ hot, cold, expectObservable }) => {
      const budget = byteBudget();
      const account = budget.openAccount(10);
      account.charge(10);
      const source = hot('   ----------');
      const signal = hot('   s---------');
      const turns = cold('   -t-t-t-t-t');
      cold('                 ------x').subscribe(() => account.refund(10));
      expectObservable(source.pipe(takeUntilDrained(signal, { ...each, budget, quietTicks: () => turns }))).toBe(
        '---------|',
      );
    });
  });

  it('completes a source that is subscribed after the signal once that is still', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold('  -a---------');
      const replayed = cold('(s|)');
      const turns = cold('   --t-t-t');
      expectObservable(source.pipe(takeUntilDrained(replayed, on(turns)))).toBe('-a--|');
    });
  });

  it('counts the turns of the queue, where it has its own, and completes after the most of them', () => {
    marbles(({ hot, cold, expectObservable }) => {
      const source = hot('   a-b-c-d-e-f');
      const signal = hot('   -s---------');
      const turns$ = cold('   --t-t-t-t-t');
      const queue = { ...each, quietTicks: () => turns$, maxTicks: 3 };
      expectObservable(source.pipe(takeUntilDrained(signal, queue))).toBe('a-b-c-d|');
    });
  });

  it('counts to the most only those turns in which there was room to read', () => {
    marbles(({ hot, cold, expectObservable }) => {
      const budget = byteBudget();
      const account = budget.openAccount(10);
      account.charge(10);
      const source = hot('   --------a-b-c-d-e-f');
      const signal = hot('   s------------------');
      const turns$ = cold('  -t-t-t-t-t-t-t-t-t-t');
      cold('                 ------x').subscribe(() => account.refund(10));
      const queue = { ...each, budget, quietTicks: () => turns$, maxTicks: 3 };
      expectObservable(source.pipe(takeUntilDrained(signal, queue))).toBe('--------a-b|');
    });
  });

  it.each([
    ['the grace that the signal says', { graceMs: 50 }, 50],
    ['any, where the signal says none', undefined, Infinity],
  ])('has the queue choose its turns within %s', (_, signal, expected) => {
    const asked: number[] = [];
    const quietTicks = (graceMs: number) => {
      asked.push(graceMs);
      return NEVER;
    };
    NEVER.pipe(takeUntilDrained(of(signal), { ...each, quietTicks }))
      .subscribe()
      .unsubscribe();
    expect(asked).toEqual([expected]);
  });

  it('passes everything until there is a signal', () => {
    marbles(({ hot, cold, expectObservable }) => {
      const turns = cold('ttttttttttt');
      expectObservable(hot('-a-b-c----').pipe(takeUntilDrained(hot(never), on(turns)))).toBe('-a-b-c----');
      expectObservable(hot('-a-b-c-|').pipe(takeUntilDrained(hot(never), on(turns)))).toBe('-a-b-c-|');
      expectObservable(hot('-a-b-#').pipe(takeUntilDrained(hot(never), on(turns)))).toBe('-a-b-#');
      expectObservable(cold('|').pipe(takeUntilDrained(hot(never), on(turns)))).toBe('|');
    });
  });

  it('unsubscribes from the source, the signal and the turns when it is unsubscribed', () => {
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('      -a---a---a---a');
      const signal = hot('      --s-----------');
      const turns = cold('        ---t-------t');
      const unsubscribed = '    --------!';
      expectObservable(source.pipe(takeUntilDrained(signal, on(turns))), unsubscribed).toBe('-a---a---');
      expectSubscriptions(source.subscriptions).toBe('^-------!');
      expectSubscriptions(signal.subscriptions).toBe('^-!');
      expectSubscriptions(turns.subscriptions).toBe(' --^-----!'.trim());
    });
  });
});
