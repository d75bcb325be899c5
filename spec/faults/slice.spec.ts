import { Subject, take } from 'rxjs';
import { slice, type SliceOptions } from '../../lib/faults/slice';
import { drawn } from '../support/drawn';
import { marbles } from '../support/marbles';

const text = (...words: string[]): Record<string, Buffer> =>
  Object.fromEntries(
    words.map((word) => word.split('=') as [string, string]).map(([key, value]) => [key, Buffer.from(value)]),
  );
const pieces = text('w=abcdef', 'a=ab', 'b=cd', 'c=ef');

describe('slice', () => {
  const passes = (
    options: SliceOptions,
    source: string,
    expected: string,
    { values = pieces, length = [] }: { values?: Record<string, Buffer>; length?: readonly number[] } = {},
  ) =>
    marbles(({ cold, scheduler, expectObservable, flush }) => {
      const context = drawn(length.length > 0 ? { length } : {}, { scheduler });
      expectObservable(cold(source, values).pipe(slice(options)(context))).toBe(expected, values);
      flush();
      expect(context.budget.bufferedFrames).toBe(0);
    });

  it('splits the stream into pieces with a pause between them', () => {
    marbles(({ hot, scheduler, expectObservable, expectSubscriptions }) => {
      const source = hot('  w------|', pieces);
      const expected = '    a-b-c--|';
      const subscribed = '  ^------!';
      expectObservable(source.pipe(slice({ bytes: 2, delayMs: 2 })(drawn({}, { scheduler })))).toBe(expected, pieces);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  it('keeps the pieces separate without a pause', () => passes({ bytes: 2 }, 'w----|', '(abc)|'));

  it('completes after the last piece', () => passes({ bytes: 2, delayMs: 2 }, 'w|', 'a-b-(c|)'));

  it('varies the length of a piece by up to variationBytes, with at least one byte', () => {
    const values = text('w=abcdef', 'p=a', 'q=bcd', 'r=ef');
    passes({ bytes: 2, variationBytes: 1 }, 'w----|', '(pqr)|', { values, length: [0.1, 0.9, 0.5] });
    passes({ bytes: 1, variationBytes: 9 }, 'x-|', 'x-|', { values: text('x=x'), length: [0] });
  });

  it('continues a piece in the next chunk', () => {
    const values = text('x=abc', 'y=def', 'a=ab', 'p=c', 'q=d', 'c=ef');
    passes({ bytes: 2, delayMs: 2 }, 'x----y----|', 'a-p--(qc)-|', { values });
  });

  it('queues new pieces behind waiting ones', () => {
    const values = text('w=abcdef', 'x=gh', 'a=ab', 'b=cd', 'c=ef');
    passes({ bytes: 2, delayMs: 3 }, 'wx----------|', 'a--b--c--x--|', { values });
  });

  it('adds up pauses of less than a millisecond', () => {
    const values = text('w=abcd', 'a=a', 'b=b', 'c=c', 'd=d');
    marbles(({ cold, scheduler, flush }) => {
      const at: number[] = [];
      cold('w|', values)
        .pipe(slice({ bytes: 1, delayMs: 0.25 })(drawn({}, { scheduler })))
        .subscribe(() => at.push(scheduler.now()));
      flush();
      expect(at).toEqual([0, 0.25, 0.5, 0.75]);
    });
  });

  it('discards its buffer at unsubscription', () => {
    marbles(({ cold, scheduler, expectObservable, flush }) => {
      const context = drawn({}, { scheduler });
      const held: number[] = [];
      const enough = cold('w---|', pieces).pipe(slice({ bytes: 2, delayMs: 2 })(context), take(1));
      cold('-x').subscribe(() => held.push(context.budget.bufferedFrames));
      expectObservable(enough).toBe('(a|)', pieces);
      flush();
      expect(held).toEqual([0]);
      expect(context.counts.get('discardedBytes')).toBe(4);
    });
  });

  it('does not wait for earlier pieces after it is switched off and on', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const flush$ = new Subject<void>();
      const context = drawn({}, { scheduler, flush$ });
      const options = { bytes: 2, delayMs: 9 };
      cold('-x').subscribe(() => flush$.next());
      const [before, after] = [cold('w|', pieces), cold('----a---|', pieces)];
      expectObservable(before.pipe(slice(options)(context))).toBe('       a(bc|)    ', pieces);
      expectObservable(after.pipe(slice(options)(context)), '--^').toBe('------a---|', pieces);
    });
  });
});
