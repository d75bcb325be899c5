import { latency } from '../../lib/faults/latency';
import { reset, type ResetOptions } from '../../lib/faults/reset';
import { resetError } from '../../lib/faults/kit/resetError';
import { drawn, segments, type Draws } from '../support/drawn';
import { marbles } from '../support/marbles';
import { chunks } from '../support/chunks';

const bytes = { ...chunks('abcd'), w: Buffer.from('ab') };
const error = resetError('reset');

describe('reset', () => {
  const passes = (
    options: ResetOptions,
    source: string,
    expected: string,
    { draws = {}, values = bytes }: { draws?: Draws; values?: Record<string, Buffer> } = {},
  ) =>
    marbles(({ cold, scheduler, expectObservable }) => {
      const operator = reset(options)(drawn(draws, { scheduler }));
      expectObservable(cold(source, values).pipe(operator)).toBe(expected, values, error);
    });

  it('requests a reset after the time', () => {
    marbles(({ hot, scheduler, expectObservable, expectSubscriptions }) => {
      const source = hot('  a-b-c-d|', bytes);
      const expected = '    a-b-c#  ';
      const subscribed = '  ^----!  ';
      expectObservable(source.pipe(reset({ afterMs: 5 })(drawn({}, { scheduler })))).toBe(expected, bytes, error);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  it('fails with ERR_ECHO_RESET', () => expect(error).toMatchObject({ code: 'ERR_ECHO_RESET' }));

  it('resets at once without a condition', () => passes({}, 'a|', '#'));

  it('does not reset a stream that has completed before', () => passes({ afterMs: 5 }, 'a-b|', 'a-b|'));

  it('resets after the number of bytes and cuts the last frame', () => {
    passes({ afterBytes: 3 }, 'w--w|', 'w--(a#)');
    passes({ afterBytes: 0 }, '--w|', '--#');
  });

  it('resets after the number of frames', () => passes({ afterFrames: 2 }, 'a-b-c|', 'a-(b#)'));

  it('resets at the first of several conditions', () => {
    passes({ afterBytes: 2, afterMs: 1 }, 'a-b|', 'a#');
    passes({ afterBytes: 2, afterMs: 5 }, 'a-b|', 'a-(b#)');
  });

  it('resets instead of passing a selected segment, in any chunks', () => {
    const letters = segments();
    const values = { ...letters, w: Buffer.concat([letters['a']!, letters['b']!]) };
    const draws = { reset: [0.1, 0.0999] };
    passes({ p: 0.1 }, 'a-b|', 'a-#', { draws, values });
    passes({ p: 0.1 }, 'w--|', '(a#)', { draws, values });
  });

  it('discards and counts what an upstream stage buffers', () => {
    marbles(({ cold, scheduler, expectObservable, flush }) => {
      const [before, after] = [drawn({}, { scheduler }), drawn({}, { scheduler })];
      const output$ = cold('ab---|', bytes).pipe(latency({ delayMs: 3 })(before), reset({ afterFrames: 1 })(after));
      expectObservable(output$).toBe('---(a#)', bytes, error);
      flush();
      expect(before.counts.get('discardedBytes')).toBe(1);
      expect(before.budget.bufferedFrames).toBe(0);
    });
  });
});
