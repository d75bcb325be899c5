import { Subject } from 'rxjs';
import { stall, type StallOptions } from '../../lib/faults/stall';
import { drawn } from '../support/drawn';
import { marbles } from '../support/marbles';
import { chunks } from '../support/chunks';

const bytes = { ...chunks('abcd'), z: Buffer.alloc(0) };

describe('stall', () => {
  const passes = (options: StallOptions, source: string, expected: string, transport: 'tcp' | 'udp' = 'tcp') =>
    marbles(({ cold, scheduler, expectObservable, flush }) => {
      const context = drawn({}, { scheduler, transport });
      expectObservable(cold(source, bytes).pipe(stall(options)(context))).toBe(expected, bytes);
      flush();
      expect(context.budget.bufferedFrames).toBe(0);
    });

  it('buffers everything for a time and loses nothing', () => {
    marbles(({ hot, scheduler, expectObservable, expectSubscriptions }) => {
      const source = hot('  a-b-c-----d|', bytes);
      const expected = '    a-----(bc)d|';
      const subscribed = '  ^----------!';
      expectObservable(source.pipe(stall({ afterMs: 2, forMs: 4 })(drawn({}, { scheduler })))).toBe(expected, bytes);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  it('delays the end too', () => passes({ forMs: 6 }, 'a-b|', '------(ab|)'));

  it('buffers datagrams in order, including empty ones', () => passes({ forMs: 4 }, 'azb------|', '----(azb)|', 'udp'));

  it('buffers until a flush without a duration', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const flush$ = new Subject<void>();
      const context = drawn({}, { scheduler, flush$ });
      cold('      -----x').subscribe(() => flush$.next());
      const source = '  a-b|       ';
      const expected = '-----(ab|)';
      expectObservable(cold(source, bytes).pipe(stall({})(context))).toBe(expected, bytes);
    });
  });

  it('has no summary if it never started', () => {
    marbles(({ cold, scheduler, flush }) => {
      const context = drawn({}, { scheduler });
      cold('a-b|', bytes)
        .pipe(stall({ afterMs: 9 })(context))
        .subscribe();
      flush();
      expect(stall.definition.summary(context.counts)).toBeUndefined();
    });
  });
});
