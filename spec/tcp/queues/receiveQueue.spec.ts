import { take, toArray, VirtualTimeScheduler, map } from 'rxjs';
import { receiveQueue } from '../../../lib/tcp/queues/receiveQueue';

/** Returns when its first three ticks come, in milliseconds of virtual time. */
const quietTimesWithin = (graceMs: number): number[] => {
  const scheduler = new VirtualTimeScheduler();
  const { quietTicks } = receiveQueue({ open: true }, scheduler);
  let times: number[] = [];
  quietTicks!(graceMs)
    .pipe(
      map(() => scheduler.now()),
      take(3),
      toArray(),
    )
    .subscribe((seen) => (times = seen));
  scheduler.flush();
  return times;
};

describe('receiveQueue', () => {
  it('ticks every 20 ms, or faster so that all ticks fit in half of the grace', () => {
    expect(quietTimesWithin(Infinity)).toEqual([20, 40, 60]);
    expect(quietTimesWithin(1000)).toEqual([20, 40, 60]);
    expect(quietTimesWithin(500)).toEqual([10, 20, 30]);
    const { maxTicks } = receiveQueue({ open: true }, new VirtualTimeScheduler());
    expect(maxTicks! * quietTimesWithin(500)[0]!).toBe(250);
  });

  it('ticks at most once a millisecond', () => {
    expect(quietTimesWithin(0)).toEqual([1, 2, 3]);
  });
});
