import { endWithLazy } from '../../../lib/server/stop/endWithLazy';
import { marbles } from '../../support/marbles';

describe('endWithLazy', () => {
  it('adds what is known at the end', () => {
    marbles(({ cold, expectObservable }) => {
      const seen: string[] = [];
      const withAll = endWithLazy<string>(
        (value) => seen.push(value),
        () => [...seen].reverse(),
      );
      expectObservable(cold('-a-b-|').pipe(withAll)).toBe('-a-b-(ba|)');
    });
  });

  it('appends nothing after an error, nor when it is unsubscribed', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const said = endWithLazy<string>(
        () => undefined,
        () => ['z'],
      );
      expectObservable(cold('-a-#').pipe(said)).toBe('-a-#');
      const source = cold('-a-|');
      expectObservable(source.pipe(said), '--!').toBe('-a-');
      expectSubscriptions(source.subscriptions).toBe('^-!');
      expectObservable(cold('|').pipe(said)).toBe('(z|)');
    });
  });
});
