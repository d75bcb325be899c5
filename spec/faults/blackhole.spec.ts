import { BehaviorSubject } from 'rxjs';
import { blackhole, type BlackholeOptions } from '../../lib/faults/blackhole';
import { resetError } from '../../lib/faults/kit/resetError';
import { drawn } from '../support/drawn';
import { marbles } from '../support/marbles';
import { chunks } from '../support/chunks';

const bytes = { ...chunks('abcdef'), z: Buffer.alloc(0) };

describe('blackhole', () => {
  const passes = (options: BlackholeOptions, transport: 'tcp' | 'udp', source: string, expected: string) =>
    marbles(({ cold, scheduler, expectObservable }) => {
      const operator = blackhole(options)(drawn({}, { scheduler, transport }));
      expectObservable(cold(source, bytes).pipe(operator)).toBe(expected, bytes, resetError('blackhole'));
    });

  it('discards datagrams for a time and passes later ones', () => {
    marbles(({ hot, scheduler, expectObservable, expectSubscriptions }) => {
      const context = drawn({}, { scheduler, transport: 'udp' });
      const source = hot('  a-b-c-d-e|', bytes);
      const expected = '    a-----d-e|';
      const subscribed = '  ^--------!';
      expectObservable(source.pipe(blackhole({ afterMs: 2, forMs: 4 })(context))).toBe(expected, bytes);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
      scheduler.flush();
      expect(Object.fromEntries(context.counts)).toEqual({ dropped: 2, droppedBytes: 2 });
    });
  });

  it('ends a TCP stream afterwards, because bytes are missing', () => {
    passes({ afterMs: 2, forMs: 5 }, 'tcp', 'a-b-c-d-e|', 'a------|');
    passes({ afterMs: 2, forMs: 5, then: 'reset' }, 'tcp', 'a-b-c-d-e|', 'a------#');
  });

  it('discards everything until the end without a duration', () => {
    passes({}, 'tcp', 'a-b-c|', '-----|');
    passes({ afterMs: 2 }, 'udp', 'azbz-|', 'az---|');
  });

  it('ends earlier or later when a live change moves the end', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const [near$, far$] = [
        new BehaviorSubject<BlackholeOptions>({}),
        new BehaviorSubject<BlackholeOptions>({ forMs: 4 }),
      ];
      cold('---x').subscribe(() => {
        near$.next({ forMs: 5 });
        far$.next({ forMs: 8 });
      });
      expectObservable(cold('a-b-c-d-e-f|', bytes).pipe(blackhole(near$)(drawn({}, { scheduler })))).toBe('------|');
      expectObservable(cold('a-b-c-d-e-f|', bytes).pipe(blackhole(far$)(drawn({}, { scheduler })))).toBe('--------|');
    });
  });

  it('rejects resuming a TCP stream', () => {
    expect(() => blackhole({ then: 'resume' })(drawn({}))).toThrow('expected then=close or then=reset');
  });
});
