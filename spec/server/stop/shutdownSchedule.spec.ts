import { map } from 'rxjs';
import { shutdownSchedule } from '../../../lib/server/stop/shutdownSchedule';
import { marbles } from '../../support/marbles';

describe('shutdownSchedule', () => {
  const stops = (requests: string, graceMs: number) => ({
    expectToBe: (signal: string, flush: string, deadline: string) =>
      marbles(({ hot, expectObservable, scheduler }) => {
        const plan = shutdownSchedule(hot(requests).pipe(map(() => ({ graceMs }))), scheduler);
        expectObservable(plan.signal$.pipe(map(() => 's'))).toBe(signal);
        expectObservable(plan.flush$.pipe(map(() => 'f'))).toBe(flush);
        expectObservable(plan.deadline$.pipe(map(() => 'd'))).toBe(deadline);
      }),
  });

  it('flushes two seconds before the deadline, which comes graceMs after the signal', () => {
    stops('--s', 10_000).expectToBe('--(s|)', '8002ms (f|)', '10002ms d');
  });

  it('flushes at half of a grace under four seconds', () => {
    stops('--s', 10).expectToBe('--(s|)', '-------(f|)', '------------d');
  });

  it('makes the deadline now at a second signal 500 ms after the first', () => {
    stops('--s 499ms s', 10_000).expectToBe('--(s|)', '8002ms (f|)', '502ms (d|)');
  });

  it('takes a signal within 500 ms of the first for the same ctrl-C', () => {
    stops('--ss 497ms s', 600).expectToBe('--(s|)', '302ms (f|)', '602ms d');
  });

  it('accepts a request that is marked as the second signal', () => {
    marbles(({ hot, scheduler, expectObservable }) => {
      const second = { graceMs: 0, isSecond: true };
      const plan = shutdownSchedule(hot('--s-t', { s: { graceMs: 600 }, t: second }), scheduler);
      expectObservable(plan.deadline$.pipe(map(() => 'd'))).toBe('----(d|)');
    });
  });

  it('ignores a third signal', () => {
    stops('--s 599ms s 100ms s', 10_000).expectToBe('--(s|)', '8002ms (f|)', '602ms (d|)');
  });

  it('never flushes and never ends without a signal', () => {
    stops('-----', 10).expectToBe('-----', '-----', '-----');
  });

  it('replays to late subscribers', () => {
    marbles(({ hot, cold, scheduler, expectObservable }) => {
      const plan = shutdownSchedule(hot('s').pipe(map(() => ({ graceMs: 4 }))), scheduler);
      cold('----------x').subscribe(() => {
        const seen: string[] = [];
        plan.signal$.subscribe(() => seen.push('signal'));
        plan.flush$.subscribe(() => seen.push('flush'));
        plan.deadline$.subscribe(() => seen.push('deadline'));
        expect(seen).toEqual(['signal', 'flush', 'deadline']);
      });
      expectObservable(plan.signal$).toBe('(s|)', { s: { graceMs: 4 } });
    });
  });

  it('cancels its timers when its subscription ends', () => {
    marbles(({ hot, cold, scheduler, expectObservable }) => {
      const plan = shutdownSchedule(hot('s').pipe(map(() => ({ graceMs: 4 }))), scheduler);
      cold('-x').subscribe(() => plan.subscription.unsubscribe());
      expectObservable(plan.deadline$).toBe('');
    });
  });
});
