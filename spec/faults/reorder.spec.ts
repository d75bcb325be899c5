import { Subject } from 'rxjs';
import { reorder, type ReorderOptions } from '../../lib/faults/reorder';
import { drawn } from '../support/drawn';
import { marbles } from '../support/marbles';
import { chunks } from '../support/chunks';

const bytes = { ...chunks('abcde'), z: Buffer.alloc(0) };
const HIT = 0.05;
const MISS = 0.5;

describe('reorder', () => {
  const passes = (options: Partial<ReorderOptions>, draws: readonly number[], source: string, expected: string) =>
    marbles(({ cold, scheduler, expectObservable, flush }) => {
      const context = drawn({ reorder: draws }, { scheduler, transport: 'udp' });
      expectObservable(cold(source, bytes).pipe(reorder({ p: 0.1, ...options })(context))).toBe(expected, bytes);
      flush();
      expect(context.budget.bufferedFrames).toBe(0);
    });

  it('delays a selected datagram until depth others have passed', () => {
    marbles(({ hot, scheduler, expectObservable, expectSubscriptions }) => {
      const context = drawn({ reorder: [HIT, MISS, MISS, MISS] }, { scheduler, transport: 'udp' });
      const source = hot('  ab-c----d|', bytes);
      const expected = '    -b-(ca)-d|';
      const subscribed = '  ^--------!';
      expectObservable(source.pipe(reorder({ p: 0.1, depth: 2 })(context))).toBe(expected, bytes);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  it('delays it for at most timeoutMs', () => passes({ timeoutMs: 3 }, [HIT], 'a----|', '---a-|'));

  it('emits it when the source completes', () => passes({}, [HIT], 'a-|', '--(a|)'));

  it('delays no datagram at a draw of exactly p', () => passes({}, [0.1, 0.0999, MISS], 'ab-c---|', 'a--(cb)|'));

  it('keeps the order of the selected datagrams', () => {
    passes({ depth: 2 }, [HIT, HIT, MISS, MISS, MISS], 'abcd----e|', '--c(dab)e|');
  });

  it('delays an empty datagram like any other', () => passes({}, [HIT, MISS], 'z-a---|', '--(az)|'));

  it('delays nothing after a flush', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const flush$ = new Subject<void>();
      const context = drawn({ reorder: [HIT, HIT, HIT] }, { scheduler, flush$, transport: 'udp' });
      const source = '  ab------c|';
      const stopped = ' --x       ';
      const expected = '--(ab)--c|';
      cold(stopped).subscribe(() => flush$.next());
      expectObservable(cold(source, bytes).pipe(reorder({ p: 0.1 })(context))).toBe(expected, bytes);
    });
  });

  it('discards and counts buffered bytes when the source fails', () => {
    marbles(({ cold, scheduler, expectObservable, flush }) => {
      const context = drawn({ reorder: [HIT] }, { scheduler, transport: 'udp' });
      expectObservable(cold('a-#', bytes).pipe(reorder({ p: 0.1 })(context))).toBe('--#', bytes);
      flush();
      expect(context.counts.get('discardedBytes')).toBe(1);
      expect(context.budget.bufferedFrames).toBe(0);
    });
  });
});
