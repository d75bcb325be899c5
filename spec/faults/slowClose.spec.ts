import { Subject } from 'rxjs';
import { slowClose } from '../../lib/faults/slowClose';
import { drawn } from '../support/drawn';
import { marbles } from '../support/marbles';
import { chunks } from '../support/chunks';

const bytes = chunks('ab');

describe('slowClose', () => {
  it('delays only the end', () => {
    marbles(({ hot, scheduler, expectObservable, expectSubscriptions }) => {
      const source = hot('  a-(b|)  ', bytes);
      const expected = '    a-b----|';
      const subscribed = '  ^-!     ';
      expectObservable(source.pipe(slowClose({ delayMs: 5 })(drawn({}, { scheduler })))).toBe(expected, bytes);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  it('does not delay an error', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      expectObservable(cold('a-#', bytes).pipe(slowClose({ delayMs: 5 })(drawn({}, { scheduler })))).toBe('a-#', bytes);
    });
  });

  it('ends at once at a flush, before or after the end of the source', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const flush$ = new Subject<void>();
      cold('---x').subscribe(() => flush$.next());
      const late = () => slowClose({ delayMs: 5 })(drawn({}, { scheduler, flush$ }));
      expectObservable(cold('a-|   ', bytes).pipe(late())).toBe('a--|  ', bytes);
      expectObservable(cold('a----|', bytes).pipe(late())).toBe('a----|', bytes);
    });
  });
});
