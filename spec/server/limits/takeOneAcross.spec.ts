import { takeOneAcross } from '../../../lib/server/limits/takeOneAcross';
import { marbles } from '../../support/marbles';

describe('takeOneAcross', () => {
  it('passes the first value of all sources, and ends every source with it', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const only = takeOneAcross();
      const a = hot('         ---x---y');
      const b = hot('         -----z--');
      const subscribed = '    ^--!    ';
      expectObservable(a.pipe(only())).toBe('---(x|)');
      expectObservable(b.pipe(only())).toBe('---|');
      expectSubscriptions(a.subscriptions).toBe(subscribed);
      expectSubscriptions(b.subscriptions).toBe(subscribed);
    });
  });

  it('passes one value of two that come at the same moment', () => {
    marbles(({ hot, expectObservable }) => {
      const only = takeOneAcross();
      expectObservable(hot('--x').pipe(only())).toBe('--(x|)');
      expectObservable(hot('--y').pipe(only())).toBe('--|');
    });
  });

  it('waits with the others when one source ends without a value', () => {
    marbles(({ hot, expectObservable }) => {
      const only = takeOneAcross();
      expectObservable(hot('--|').pipe(only())).toBe('   --|');
      expectObservable(hot('-----x-').pipe(only())).toBe('-----(x|)');
    });
  });

  it('passes an error of a source, and leaves the others alone', () => {
    marbles(({ hot, expectObservable }) => {
      const only = takeOneAcross();
      expectObservable(hot('--#').pipe(only())).toBe('   --#');
      expectObservable(hot('-----x-').pipe(only())).toBe('-----(x|)');
    });
  });

  it('is silent while every source is', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('                    ----');
      const unsubscribed = '                  --! ';
      expectObservable(source.pipe(takeOneAcross()()), unsubscribed).toBe('----');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
  });
});
