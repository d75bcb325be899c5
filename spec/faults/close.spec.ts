import { close, type CloseOptions } from '../../lib/faults/close';
import { drawn } from '../support/drawn';
import { marbles } from '../support/marbles';
import { chunks } from '../support/chunks';

const bytes = { ...chunks('abcd'), w: Buffer.from('ab') };

describe('close', () => {
  const passes = (options: CloseOptions, source: string, expected: string) =>
    marbles(({ cold, scheduler, expectObservable }) => {
      expectObservable(cold(source, bytes).pipe(close(options)(drawn({}, { scheduler })))).toBe(expected, bytes);
    });

  it('completes after the time, even during traffic', () => {
    marbles(({ hot, scheduler, expectObservable, expectSubscriptions }) => {
      const source = hot('  a-b-c-d|', bytes);
      const expected = '    a-b-c|  ';
      const subscribed = '  ^----!  ';
      expectObservable(source.pipe(close({ afterMs: 5 })(drawn({}, { scheduler })))).toBe(expected, bytes);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  it('completes at once without a condition', () => passes({}, 'a|', '|'));

  it('completes after the number of bytes and cuts the last frame', () => {
    passes({ afterBytes: 3 }, 'w--w|', 'w--(a|)');
  });

  it('completes after the number of frames', () => passes({ afterFrames: 2 }, 'a-b-c|', 'a-(b|)'));

  it('measures the time from the first subscription, also after it is resubscribed', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const context = drawn({}, { scheduler });
      expectObservable(cold('a--------|', bytes).pipe(close({ afterMs: 5 })(context)), '^-!').toBe('a', bytes);
      expectObservable(cold('a--------|', bytes).pipe(close({ afterMs: 5 })(context)), '---^').toBe('---a-|', bytes);
      expectObservable(cold('a--------|', bytes).pipe(close({ afterMs: 5 })(context)), '------^').toBe(
        '------|',
        bytes,
      );
    });
  });
});
