import { slowOpen } from '../../lib/faults/slowOpen';
import { drawn } from '../support/drawn';
import { marbles } from '../support/marbles';
import { chunks } from '../support/chunks';

const bytes = chunks('abc');

describe('slowOpen', () => {
  it('delays only the first frame', () => {
    marbles(({ hot, scheduler, expectObservable, expectSubscriptions }) => {
      const source = hot('  a-b------c|', bytes);
      const expected = '    ----(ab)-c|';
      const subscribed = '  ^---------!';
      expectObservable(source.pipe(slowOpen({ delayMs: 4 })(drawn({}, { scheduler })))).toBe(expected, bytes);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  it('measures the delay from the first frame, not from the start of the connection', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const operator = slowOpen({ delayMs: 4 })(drawn({}, { scheduler }));
      expectObservable(cold('------a----b|', bytes).pipe(operator)).toBe('----------ab|', bytes);
    });
  });

  it('delays no frame again after it is switched off and on', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const context = drawn({}, { scheduler });
      expectObservable(cold('a--|', bytes).pipe(slowOpen({ delayMs: 4 })(context))).toBe('          ----(a|)', bytes);
      expectObservable(cold('b--|', bytes).pipe(slowOpen({ delayMs: 4 })(context)), '------^').toBe(
        '------b--|',
        bytes,
      );
    });
  });
});
