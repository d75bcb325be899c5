import { take, VirtualTimeScheduler } from 'rxjs';
import { pacer } from '../../../lib/measure/probe/pacer';

describe('pacer', () => {
  it('emits on an absolute schedule, from the start on', () => {
    const scheduler = new VirtualTimeScheduler();
    const dues: number[] = [];
    pacer({ intervalMs: 10, count: 4, scheduler }).subscribe(({ dueMs }) => dues.push(dueMs));
    scheduler.flush();
    expect(dues).toEqual([0, 10, 20, 30]);
  });

  it('counts the slots that it missed, and does not make up for them', () => {
    let nowMs = 0;
    const scheduler = new VirtualTimeScheduler();
    // A clock that stalls for 25 ms after the second slot.
    const stalling = { now: () => nowMs, schedule: scheduler.schedule.bind(scheduler) };
    const dues: [number, number][] = [];
    pacer({ intervalMs: 10, scheduler: stalling })
      .pipe(take(4))
      .subscribe(({ dueMs, missed }) => {
        dues.push([dueMs, missed]);
        nowMs = dueMs === 10 ? 45 : dueMs + 10;
      });
    scheduler.flush();
    expect(dues).toEqual([
      [0, 0],
      [10, 0],
      [40, 2],
      [50, 0],
    ]);
  });

  it('emits what became due meanwhile if it catches up', () => {
    let nowMs = 0;
    const scheduler = new VirtualTimeScheduler();
    const stalling = { now: () => nowMs, schedule: scheduler.schedule.bind(scheduler) };
    const dues: number[] = [];
    pacer({ intervalMs: 10, scheduler: stalling, catchesUp: true })
      .pipe(take(4))
      .subscribe(({ dueMs }) => {
        dues.push(dueMs);
        nowMs = 30;
      });
    scheduler.flush();
    expect(dues).toEqual([0, 10, 20, 30]);
  });
});
