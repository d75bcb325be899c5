import { VirtualTimeScheduler } from 'rxjs';
import { RestartBackoff } from '../../lib/cluster/restartBackoff';

/** The delays after lives of so many milliseconds; `undefined` is a life that never served. */
const delaysAfter = (...livesMs: (number | undefined)[]): number[] => {
  const scheduler = new VirtualTimeScheduler();
  const respawn = new RestartBackoff(scheduler);
  return livesMs.map((lifeMs) => {
    if (lifeMs !== undefined) respawn.serving();
    scheduler.frame += lifeMs ?? 0;
    return respawn.delayMs();
  });
};

describe('RestartBackoff', () => {
  it('replaces at once a worker that had served for a second', () => {
    expect(delaysAfter(1000, 60_000)).toEqual([0, 0]);
  });

  it('waits longer and longer for one that dies as soon as it serves, or before, up to 10 s', () => {
    expect(delaysAfter(5, undefined, 999)).toEqual([100, 200, 400]);
    expect(delaysAfter(...Array.from({ length: 9 }, () => undefined)).at(-1)).toBe(10_000);
  });

  it('starts again after a worker that served for long', () => {
    expect(delaysAfter(5, 5, 2000, 5)).toEqual([100, 200, 0, 100]);
  });
});
