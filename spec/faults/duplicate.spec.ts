import { duplicate } from '../../lib/faults/duplicate';
import { drawn } from '../support/drawn';
import { marbles } from '../support/marbles';
import { chunks } from '../support/chunks';

const bytes = { ...chunks('ab'), e: Buffer.alloc(0) };

describe('duplicate', () => {
  const passes = (
    options: Parameters<typeof duplicate>[0],
    draws: readonly number[],
    source: string,
    expected: string,
  ) =>
    marbles(({ cold, scheduler, expectObservable }) => {
      const context = drawn({ duplicate: draws }, { scheduler, transport: 'udp' });
      expectObservable(cold(source, bytes).pipe(duplicate(options)(context))).toBe(expected, bytes);
    });

  it('sends a copy directly after the original', () => {
    marbles(({ hot, scheduler, expectObservable, expectSubscriptions }) => {
      const context = drawn({ duplicate: [0.05, 0.5] }, { scheduler, transport: 'udp' });
      const source = hot('  a---b----|', bytes);
      const expected = '    (aa)b----|';
      const subscribed = '  ^--------!';
      expectObservable(source.pipe(duplicate({ p: 0.1 })(context))).toBe(expected, bytes);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  it('does not duplicate at a draw of exactly p', () => passes({ p: 0.1 }, [0.1, 0.0999], 'a-b---|', 'a-(bb)|'));

  it('sends the number of copies, also of an empty datagram', () => {
    passes({ p: 0.1, copies: 3 }, [0.05, 0.5], 'e-----b|', '(eeee)b|');
  });

  it('counts duplicated datagrams and records a decision for each', () => {
    const decisions: unknown[] = [];
    const context = drawn(
      { duplicate: [0.5, 0.05] },
      { transport: 'udp', recordDecision: (decision) => decisions.push(decision) },
    );
    marbles(({ cold, flush }) => {
      cold('ab|', bytes)
        .pipe(duplicate({ p: 0.1 })(context))
        .subscribe();
      flush();
    });
    expect(decisions).toEqual([{ action: 'duplicate', index: 1 }]);
    expect(Object.fromEntries(context.counts)).toEqual({ drawn: 2, duplicated: 1 });
  });
});
