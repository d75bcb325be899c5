import { ReplaySubject, Subject } from 'rxjs';
import { waitersFor } from '../../lib/server/waiters';

const waiter = () => {
  const told: string[] = [];
  return { told, signalled: () => void told.push('signal') };
};

describe('waitersFor', () => {
  it('subscribes to the signal once, however many wait, and tells each of them once', () => {
    const signal$ = new Subject<void>();
    const [a, b] = [waiter(), waiter()];
    waitersFor(signal$).add(a);
    waitersFor(signal$).add(b);
    expect(signal$.observed).toBe(true);
    signal$.next();
    signal$.next();
    expect([a.told, b.told]).toEqual([['signal'], ['signal']]);
    expect(signal$.observed).toBe(false);
  });

  it('leaves the signal when nobody waits any more, and tells nobody who has left', () => {
    const signal$ = new Subject<void>();
    const [a, b] = [waiter(), waiter()];
    const waiters = waitersFor(signal$);
    waiters.add(a);
    waiters.add(b);
    waiters.delete(a);
    expect(signal$.observed).toBe(true);
    waiters.delete(b);
    expect(signal$.observed).toBe(false);
    waiters.add(b);
    signal$.next();
    expect([a.told, b.told]).toEqual([[], ['signal']]);
  });

  it('tells a latecomer at once when the signal replays', () => {
    const signal$ = new ReplaySubject<void>(1);
    signal$.next();
    const late = waiter();
    waitersFor(signal$).add(late);
    expect(late.told).toEqual(['signal']);
  });
});
