import { Subject } from 'rxjs';
import { rate, type RateOptions } from '../../lib/faults/rate';
import { drawn } from '../support/drawn';
import { marbles } from '../support/marbles';

/** Each frame has four bytes, which take 4 ms at 1000 bytes per second. */
const frames = { a: Buffer.from('aaaa'), b: Buffer.from('bbbb'), c: Buffer.from('cccc'), d: Buffer.from('dddd') };
const slow = { bytesPerSecond: 1000 };

describe('rate', () => {
  const passes = (
    options: RateOptions,
    source: string,
    expected: string,
    { transport = 'tcp', values = frames }: { transport?: 'tcp' | 'udp'; values?: Record<string, Buffer> } = {},
  ) =>
    marbles(({ cold, scheduler, expectObservable, flush }) => {
      const context = drawn({}, { scheduler, transport });
      expectObservable(cold(source, values).pipe(rate(options)(context))).toBe(expected, values);
      flush();
      expect(context.budget.bufferedFrames).toBe(0);
    });

  it('emits each frame when the link has carried it', () => {
    marbles(({ hot, scheduler, expectObservable, expectSubscriptions }) => {
      const source = hot('  (abc|)         ', frames);
      const expected = '    ----a---b---(c|)';
      const subscribed = '  (^!)           ';
      expectObservable(source.pipe(rate(slow)(drawn({}, { scheduler })))).toBe(expected, frames);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  it('saves no credit while the link is idle', () => {
    passes(slow, 'a-------b|', '----a-------(b|)');
  });

  it('passes up to burstBytes at once', () => {
    passes({ ...slow, burstBytes: 8 }, '(abcd|)', '(ab)c---(d|)');
  });

  it('charges the overhead on top of each frame', () => {
    passes({ ...slow, overheadBytes: 2 }, '(ab|)', '------a-----(b|)');
  });

  it('charges only the overhead for an empty datagram', () => {
    const values = { a: Buffer.alloc(0), b: Buffer.from('bb') };
    passes({ ...slow, overheadBytes: 3 }, '(ab|)', '---a----(b|)', { transport: 'udp', values });
    passes(slow, 'a-b---|', 'a---b-|', { transport: 'udp', values });
  });

  it('cuts a long chunk into pieces of 10 ms, but not a datagram', () => {
    const values = { w: Buffer.alloc(5000, 'w'), x: Buffer.alloc(2000, 'w'), y: Buffer.alloc(1000, 'w') };
    const fast = { bytesPerSecond: 200_000 };
    passes(fast, 'w-----|', ' 10ms x 9ms x 4ms (y|)', { values });
    passes(fast, 'w-----|', ' 25ms (w|)', { values, transport: 'udp' });
  });

  it('drops and counts datagrams when the queue is full', () => {
    marbles(({ cold, scheduler, expectObservable, flush }) => {
      const context = drawn({}, { scheduler, transport: 'udp' });
      const source = '  (abc)--d---------|';
      const expected = '----a---b---d----|';
      const operator = rate({ ...slow, queueBytes: 2 * 1028 })(context);
      expectObservable(cold(source, frames).pipe(operator)).toBe(expected, frames);
      flush();
      expect(context.counts.get('overlimit')).toBe(1);
    });
  });

  it('starts with an idle link after it is switched off and on', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const flush$ = new Subject<void>();
      const context = drawn({}, { scheduler, flush$ });
      cold('-x').subscribe(() => flush$.next());
      const [before, after] = [cold('(abc|)', frames), cold('----a|', frames)];
      expectObservable(before.pipe(rate(slow)(context))).toBe('         -(abc|)       ', frames);
      expectObservable(after.pipe(rate(slow)(context)), '--^').toBe('  ----------(a|)', frames);
    });
  });
});
