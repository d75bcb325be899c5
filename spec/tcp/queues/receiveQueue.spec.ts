import { take, toArray, VirtualTimeScheduler, map } from 'rxjs';
import { receiveQueue } from '../../../lib/tcp/queues/receiveQueue';

/** When the first three of its quiet times end, in milliseconds of virtual time. */
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
  it('counts quiet times of 20 ms, and all that it counts are half of a shorter grace', () => {
    expect(quietTimesWithin(Infinity)).toEqual([20, 40, 60]);
    expect(quietTimesWithin(1000)).toEqual([20, 40, 60]);
    expect(quietTimesWithin(500)).toEqual([10, 20, 30]);
    const { maxTicks } = receiveQueue({ open: true }, new VirtualTimeScheduler());
    expect(maxTicks! * quietTimesWithin(500)[0]!).toBe(250);
  });

  it('counts none shorter than a timer', () => {
    expect(quietTimesWithin(0)).toEqual([1, 2, 3]);
  });
});
