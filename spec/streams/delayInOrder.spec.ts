import { Subject } from 'rxjs';
import { delayInOrder } from '../../lib/streams/delayInOrder';
import { marbles } from '../support/marbles';

describe('delayInOrder', () => {
  it.each([
    ['a-b---|', '---a-b|'],
    ['a-(bc)---|', '---a-(bc)|'],
    ['a-b-|', '---a-(b|)'],
    ['---|', '---|'],
    ['a-b-#', '---a#'],
  ])('makes of %s %s', (source, expected) =>
    marbles(({ cold, expectObservable, scheduler }) => {
      expectObservable(cold(source).pipe(delayInOrder(3, scheduler))).toBe(expected);
    }),
  );

  it('emits nothing after it is unsubscribed', () =>
    marbles(({ cold, expectObservable, scheduler }) => {
      expectObservable(cold('a-b---|').pipe(delayInOrder(3, scheduler)), '----!').toBe('---a-');
    }));

  it('takes values that come while it emits', () =>
    marbles(({ expectObservable, scheduler }) => {
      const source$ = new Subject<string>();
      const out$ = new Subject<string>();
      expectObservable(out$).toBe('-----(ab)-c');
      source$.pipe(delayInOrder(5, scheduler)).subscribe((value) => {
        out$.next(value);
        if (value === 'a') source$.next('c');
      });
      source$.next('a');
      source$.next('b');
    }));
});
