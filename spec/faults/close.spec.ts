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

  it('completes when its time has come, however busy it is', () => {
    marbles(({ hot, scheduler, expectObservable, expectSubscriptions }) => {
      const source = hot('  a-b-c-d|', bytes);
      const expected = '    a-b-c|  ';
      const subscribed = '  ^----!  ';
      expectObservable(source.pipe(close({ afterMs: 5 })(drawn({}, { scheduler })))).toBe(expected, bytes);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  it('completes at once when nothing says when', () => passes({}, 'a|', '|'));

  it('completes when so many bytes have passed, cutting the last frame', () => {
    passes({ afterBytes: 3 }, 'w--w|', 'w--(a|)');
  });

  it('completes when so many frames have passed', () => passes({ afterFrames: 2 }, 'a-b-c|', 'a-(b|)'));

  it('counts the time from when the connection began, also when it is put in later', () => {
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
