import { DelayVariation, InterarrivalJitter } from '../../../lib/measure/statistics/delayVariation';
import { testFlowLoss } from '../../../lib/measure/statistics/flowLoss';
import { LossPeriods } from '../../../lib/measure/statistics/lossPeriods';
import { Percentiles } from '../../../lib/measure/statistics/percentiles';
import { Reordering } from '../../../lib/measure/statistics/reordering';

/** Ten probes, sent every 100 ms: arrivals in milliseconds, by sequence number; 5 arrives twice. */
const arrivals: readonly (readonly [atMs: number, seq: number])[] = [
  [10, 0],
  [112, 1],
  [311, 3],
  [512, 5],
  [530, 4],
  [810, 8],
  [914, 9],
];
const rttOf = ([atMs, seq]: readonly [number, number]): number => atMs - 100 * seq;

describe('the statistics of ten probes, computed by hand', () => {
  it('are min, mean, median, max and standard deviation', () => {
    const percentiles = new Percentiles();
    for (const arrival of arrivals) percentiles.add(rttOf(arrival));
    expect(percentiles).toMatchObject({ count: 7, min: 10, max: 130, isExact: true });
    expect(percentiles.mean).toBeCloseTo(28.428571, 6);
    expect(percentiles.at(500)).toBe(12);
    expect(percentiles.stddev).toBeCloseTo(41.486167, 6);
    // The nearest rank of p90 and p99 of seven values is their maximum.
    expect([percentiles.at(900), percentiles.at(990)]).toEqual([undefined, undefined]);
  });

  it('are the IPDV of RFC 3393: 2, 119, 118 and 4 ms', () => {
    const variation = new DelayVariation();
    for (const arrival of arrivals) variation.add(arrival[1], rttOf(arrival));
    expect(variation).toMatchObject({ pairs: 4, mean: 60.75, max: 119 });
  });

  it('are the jitter of RFC 3550', () => {
    const jitter = new InterarrivalJitter();
    const steps = arrivals.map((arrival) => (jitter.add(rttOf(arrival)), jitter.value));
    expect(steps.slice(1)).toEqual([
      0.125, 0.1796875, 0.23095703125, 7.591522216796875, 14.61705207824707, 13.953486323356628,
    ]);
  });

  it('are the loss periods and distances of RFC 3357', () => {
    const loss = new LossPeriods();
    const lost = [2, 6, 7];
    const distances = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((seq) => {
      loss.add(lost.includes(seq));
      return lost.includes(seq) ? loss.distance : 0;
    });
    expect(distances).toEqual([0, 0, 0, 0, 0, 0, 4, 1, 0, 0]);
    expect(loss).toMatchObject({ periods: 2, longest: 2 });
  });

  it('are the reordering of RFC 4737', () => {
    const reordering = new Reordering();
    const found = arrivals.map(([atMs, seq]) => reordering.add(seq, atMs));
    expect(found.filter((each) => each !== undefined)).toEqual([{ extent: 1, n: 1, lateMs: 18 }]);
    expect(reordering).toMatchObject({ received: 7, reordered: 1 });
  });
});

describe('Reordering', () => {
  it('finds the extents and n-reordering of 1 2 3 7 4 5 6 9 8', () => {
    const reordering = new Reordering();
    const found = [1, 2, 3, 7, 4, 5, 6, 9, 8].map((seq, index) => reordering.add(seq, index * 10));
    const reordered = found.filter((each) => each !== undefined);
    expect(reordered.map(({ extent }) => extent)).toEqual([1, 2, 3, 1]);
    expect(reordered.map(({ lateMs }) => lateMs)).toEqual([10, 20, 30, 10]);
    expect(reordered.map(({ n }) => n)).toEqual([1, 0, 0, 1]);
  });
});

describe('InterarrivalJitter', () => {
  it('approaches a constant variation of 16 ms', () => {
    const jitter = new InterarrivalJitter();
    for (const rtt of [0, 16, 0, 16]) jitter.add(rtt);
    expect(jitter.value).toBe(2.81640625);
  });
});

describe('Percentiles', () => {
  it('computes ranks in integers', () => {
    const percentiles = new Percentiles();
    for (let value = 1; value <= 10_000; value += 1) percentiles.add(value);
    expect([500, 900, 990, 999].map((each) => percentiles.at(each))).toEqual([5000, 9000, 9900, 9990]);
  });

  it('goes on with a histogram of three digits beyond its limit, and says so', () => {
    const percentiles = new Percentiles(1000);
    for (let value = 1; value <= 100_000; value += 1) percentiles.add(value / 1000);
    expect(percentiles.isExact).toBe(false);
    expect(percentiles.count).toBe(100_000);
    expect(percentiles.at(990)! / 99).toBeCloseTo(1, 2);
    expect(percentiles.mean).toBeCloseTo(50.0005, 6);
  });

  it('has neither mean nor percentiles without values', () => {
    const percentiles = new Percentiles();
    expect([percentiles.mean, percentiles.stddev, percentiles.at(500)]).toEqual([undefined, undefined, undefined]);
  });

  it('draws ten logarithmic bars that contain all values', () => {
    const percentiles = new Percentiles();
    for (const value of [1, 1, 2, 11, 100]) percentiles.add(value);
    const bars = percentiles.bars();
    expect(bars).toHaveLength(10);
    expect(bars.map(({ count }) => count)).toEqual([2, 1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect([bars[0]!.fromMs, bars[9]!.toMs]).toEqual([1, 100]);
  });
});

describe('testFlowLoss', () => {
  const flows = (sent: number, ...lost: number[]) => lost.map((each) => ({ sent, lost: each }));

  it('finds the flows of one broken path of four', () => {
    const test = testFlowLoss(flows(20, 20, 0, 0, 0, 0, 0, 0, 20, 20, 0, 0, 0, 0, 0, 0, 0));
    expect(test.verdict).toBe('depends');
    expect(test.chiSquare).toBeCloseTo(320, 6);
  });

  it('does not accuse a flow of loss that all have', () => {
    expect(testFlowLoss(flows(40, 3, 4, 2, 3, 4, 3, 3, 2, 5, 3, 3, 4, 2, 3, 3, 4)).verdict).toBe('does not depend');
  });

  it('asks for more probes until one loss is expected for each flow', () => {
    expect(testFlowLoss(flows(10, 1, 0, 0, 0))).toMatchObject({ verdict: 'needs more probes', missing: 120 });
  });
});
