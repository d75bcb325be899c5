import { VirtualTimeScheduler } from 'rxjs';
import { TokenBucket } from '../../../lib/udp/filter/tokenBucket';

/** A bucket that is asked at any time. */
const bucketOf = (perSecond: number): ((nowMs: number) => boolean) => {
  const scheduler = new VirtualTimeScheduler();
  const bucket = new TokenBucket(perSecond, scheduler);
  return (nowMs) => {
    scheduler.frame = nowMs;
    return bucket.tryTake();
  };
};

/** How many pass of `asked` in each second. */
const passed = (perSecond: number, askedBySecond: readonly number[]): number[] => {
  const passes = bucketOf(perSecond);
  return askedBySecond.map((asked, second) => {
    const times = Array.from({ length: asked }, (_, at) => second * 1000 + (at * 1000) / asked);
    return times.filter((nowMs) => passes(nowMs)).length;
  });
};

describe('TokenBucket', () => {
  it('lets all pass that are few enough', () => {
    expect(passed(10, [10, 10, 0, 10])).toEqual([10, 10, 0, 10]);
  });

  it("passes the rate, and one second's worth at once before", () => {
    expect(passed(10, [1000, 1000, 1000, 1000])).toEqual([19, 10, 10, 10]);
  });

  it('saves no more than a second of quiet', () => {
    const passes = bucketOf(10);
    const atOnce = (nowMs: number): number => Array.from({ length: 50 }, () => passes(nowMs)).filter(Boolean).length;
    expect([atOnce(0), atOnce(0), atOnce(500), atOnce(60_000)]).toEqual([10, 0, 5, 10]);
  });

  it('lets one pass after a long time where less than one is allowed a second', () => {
    const passes = bucketOf(0.5);
    expect([0, 1000, 1999, 2000, 3000, 4000].map((nowMs) => passes(nowMs))).toEqual([
      true,
      false,
      false,
      true,
      false,
      true,
    ]);
  });
});
