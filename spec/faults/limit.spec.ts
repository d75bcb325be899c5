import { limit, type LimitOptions } from '../../lib/faults/limit';
import { resetError } from '../../lib/faults/kit/resetError';
import { drawn } from '../support/drawn';
import { marbles } from '../support/marbles';
import { outputOf } from '../support/virtual';

const [p, q] = [Buffer.from('abc'), Buffer.from('ab')];
const bytes = { x: p, y: p, z: p, p, q, e: Buffer.alloc(0) };

describe('limit', () => {
  const passes = (options: LimitOptions, source: string, expected: string, transport: 'tcp' | 'udp' = 'tcp') =>
    marbles(({ cold, scheduler, expectObservable }) => {
      const operator = limit(options)(drawn({}, { scheduler, transport }));
      expectObservable(cold(source, bytes).pipe(operator)).toBe(expected, bytes, resetError('limit'));
    });

  it('passes exactly the number of bytes, then completes', () => {
    marbles(({ hot, scheduler, expectObservable, expectSubscriptions }) => {
      const source = hot('  x-y-z|', bytes);
      const expected = '    p-(q|)';
      const subscribed = '  ^-!   ';
      expectObservable(source.pipe(limit({ bytes: 5 })(drawn({}, { scheduler })))).toBe(expected, bytes);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  it('requests a reset instead with then=reset', () => passes({ bytes: 5, then: 'reset' }, 'x-y-z|', 'p-(q#)'));

  it('ends at the first frame with a limit of 0', () => passes({ bytes: 0 }, '--x-y-z|', '--|'));

  it('ends with the frame that reaches the limit, not before', () => {
    passes({ bytes: 6 }, 'x-y-z|', 'x-(y|)');
    passes({ bytes: 7 }, 'x-y-|', 'x-y-|');
  });

  it('passes datagrams that fit, including empty ones, and drops the others', () => {
    passes({ bytes: 5 }, 'xyqze|', 'x-q-e|', 'udp');
    passes({ bytes: 0 }, 'xe|', '-e|', 'udp');
  });

  it('counts one end, even if the source continues', () => {
    const context = drawn({});
    expect(outputOf(() => limit({ bytes: 3 })(context), [p, p, p])).toEqual([p]);
    expect(context.counts.get('ended')).toBe(1);
  });
});
