import { Observable, VirtualTimeScheduler } from 'rxjs';
import { stageContext } from '../../lib/stages/stageContext';
import { seededRandom } from '../../lib/stages/seededRandom';
import { corrupt } from '../../lib/faults/corrupt';
import { duplicate } from '../../lib/faults/duplicate';
import { latency, type LatencyOptions } from '../../lib/faults/latency';
import { loss, type LossOptions } from '../../lib/faults/loss';
import { rate } from '../../lib/faults/rate';
import { reorder } from '../../lib/faults/reorder';
import type { FaultDecision } from '../../lib/stage';
import {
  autocorrelation,
  binomialInterval,
  distance,
  distanceLimit,
  geometricMisfit,
  mean,
  normal,
  runs,
  uniform,
  Z,
} from '../support/statistics';
import { inVirtualTime, numbered, numberOf, outputOf, type Timed } from '../support/virtual';

const N = 100_000;
const seeds = (count: number): number[] => Array.from({ length: count }, (_, index) => 1000 + index);
const within = (value: number, [min, max]: readonly [number, number]): void => {
  expect(value).toBeGreaterThanOrEqual(min);
  expect(value).toBeLessThanOrEqual(max);
};
const near = (value: number, wanted: number, tolerance: number): void =>
  within(value, [wanted - tolerance, wanted + tolerance]);

describe('binomialInterval', () => {
  it.each([
    [0.001, 55, 153],
    [0.01, 850, 1158],
    [0.05, 4666, 5341],
    [0.1, 9539, 10467],
    [0.5, 49227, 50773],
  ])('matches the published interval of 100,000 draws at %d', (p, min, max) => {
    expect(binomialInterval(N, p)).toEqual([min, max]);
  });
});

describe('loss', () => {
  const datagram = Buffer.alloc(1);

  /** Returns 1 for each datagram that was lost and 0 for each other one. */
  const lostOf = (count: number, options: LossOptions, seed: number): number[] => {
    const lost = new Array<number>(count).fill(0);
    const recordDecision = ({ index }: FaultDecision): void => void (lost[index!] = 1);
    const source = new Observable<Buffer>((subscriber) => {
      for (let sent = 0; sent < count; sent += 1) subscriber.next(datagram);
      subscriber.complete();
    });
    let passed = 0;
    const scheduler = new VirtualTimeScheduler();
    source
      .pipe(loss(options)(stageContext({ transport: 'udp', scheduler, seed, recordDecision })))
      .subscribe(() => (passed += 1));
    expect(passed).toBe(count - sum(lost));
    return lost;
  };
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

  it.each([0.001, 0.01, 0.05, 0.1, 0.5])('drops the share %d of the datagrams, independently', (ratio) => {
    const interval = binomialInterval(N, ratio);
    for (const seed of seeds(ratio === 0.01 ? 8 : 2)) {
      const lost = lostOf(N, { ratio }, seed);
      within(sum(lost), interval);
      near(autocorrelation(lost), 0, Z / Math.sqrt(N));
      const { chi2, limit } = geometricMisfit(runs(lost), 1 - ratio);
      expect(chi2).toBeLessThan(limit);
    }
  });

  it('drops the same share in bursts, within the wider interval of a correlated sequence', () => {
    const [ratio, burstFrames] = [0.02, 5];
    const r = 1 / burstFrames;
    const p = (ratio * r) / (1 - ratio);
    const rho = 1 - p - r;
    const tolerance = Z * Math.sqrt(((ratio * (1 - ratio)) / N) * ((1 + rho) / (1 - rho)));
    expect(tolerance).toBeCloseTo(0.0064, 4);
    for (const seed of seeds(4)) {
      const lost = lostOf(N, { ratio, burstFrames }, seed);
      near(mean(lost), ratio, tolerance);
      near(mean(runs(lost)), burstFrames, (Z * Math.sqrt(1 - r)) / (r * Math.sqrt(runs(lost).length)));
    }
  });

  it('drops in bursts of geometric length', () => {
    const [p, r] = [0.2, 0.25];
    for (const seed of seeds(2)) {
      const lost = lostOf(N, { model: 'gemodel', p, r }, seed);
      const bursts = runs(lost).slice(0, 10_000);
      expect(bursts).toHaveLength(10_000);
      near(mean(bursts), 1 / r, (Z * Math.sqrt(1 - r)) / (r * Math.sqrt(bursts.length)));
      const { chi2, limit } = geometricMisfit(bursts, r);
      expect(chi2).toBeLessThan(limit);
      // The correlation of successive states is 1 - p - r. Its standard error is below 1 / √N.
      near(autocorrelation(lost), 1 - p - r, Z / Math.sqrt(N));
    }
  });

  it('drops the share lostInBad in the bad state', () => {
    // The state is bad half of the time (p = r) and drops half there: a quarter, with half of the correlation.
    const lost = lostOf(N, { model: 'gemodel', p: 0.2, r: 0.2, lostInBad: 0.5 }, 7);
    near(mean(lost), 0.25, Z * Math.sqrt((0.1875 / N) * ((1 + 0.6) / (1 - 0.6))));
  });
});

describe('latency', () => {
  const count = 10_000;

  const delaysOf = (options: LatencyOptions, seed: number): number[] => {
    const arrivals = numbered(count).map((frame, index) => ({ frame, atMs: index }));
    const left = inVirtualTime(
      (scheduler) => latency(options)(stageContext({ scheduler, seed, transport: 'udp' })),
      arrivals,
    );
    expect(left).toHaveLength(count);
    return left.map(({ atMs, frame }) => atMs - numberOf(frame));
  };

  it('delays datagrams by the uniform distribution, never below its minimum', () => {
    for (const seed of seeds(3)) {
      const delays = delaysOf({ delayMs: 50, jitterMs: 10 }, seed);
      expect(distance(delays, uniform(40, 60))).toBeLessThan(distanceLimit(count));
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(40 - 1e-9);
    }
  });

  it('delays datagrams by the normal distribution, at most four deviations below the mean', () => {
    for (const seed of seeds(3)) {
      const delays = delaysOf({ delayMs: 50, jitterMs: 10, distribution: 'normal' }, seed);
      expect(distance(delays, normal(50, 10))).toBeLessThan(distanceLimit(count));
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(10 - 1e-9);
    }
  });

  it('delays a segment of a stream only by its draw and by earlier segments', () => {
    for (const spacingMs of [0.1, 1, 5, 20]) {
      const drawnMs: number[] = [];
      const recordDecision = ({ delayMs }: FaultDecision): void => void drawnMs.push(delayMs!);
      const segment = Buffer.alloc(1460);
      const arrivals = Array.from({ length: count }, (_, index) => ({ frame: segment, atMs: index * spacingMs }));
      const left = inVirtualTime(
        (scheduler) => latency({ delayMs: 50, jitterMs: 10 })(stageContext({ scheduler, seed: 3, recordDecision })),
        arrivals,
      );
      expect(drawnMs).toHaveLength(count);
      let dueMs = 0;
      const worst = arrivals.reduce((max, { atMs }, index) => {
        dueMs = Math.max(dueMs, atMs + drawnMs[index]!);
        return Math.max(max, Math.abs(left[index]!.atMs - dueMs));
      }, 0);
      expect(worst).toBeLessThan(1e-6);
      if (spacingMs >= 20) expect(distance(drawnMs, uniform(40, 60))).toBeLessThan(distanceLimit(count));
    }
  });
});

describe('rate', () => {
  it('delivers exactly what the link carries while it is busy', () => {
    const bytesPerMs = 50;
    const quantum = 1460;
    const lengthOf = seededRandom('rate');
    let atMs = 0;
    const arrivals: Timed[] = Array.from({ length: 2000 }, () => {
      atMs += lengthOf() * 60;
      return { atMs, frame: Buffer.alloc(1 + Math.floor(lengthOf() * 4000)) };
    });
    const left = inVirtualTime(
      (scheduler) => rate({ bytesPerSecond: bytesPerMs * 1000 })(stageContext({ scheduler })),
      arrivals,
    );
    const bytes = (all: readonly Timed[]): number => all.reduce((total, { frame }) => total + frame.byteLength, 0);
    expect(bytes(left)).toBe(bytes(arrivals));
    // A busy period lasts from an arrival at an idle link until everything that arrived has left.
    let [arrivedBytes, leftBytes, next, busySinceMs, busyBytes] = [0, 0, 0, 0, 0];
    let worstEarly = 0;
    let worstLate = 0;
    for (const { atMs: leftMs, frame } of left) {
      for (; next < arrivals.length && arrivals[next]!.atMs <= leftMs - 1e-9; next += 1) {
        if (leftBytes === arrivedBytes) [busySinceMs, busyBytes] = [arrivals[next]!.atMs, 0];
        arrivedBytes += arrivals[next]!.frame.byteLength;
      }
      leftBytes += frame.byteLength;
      busyBytes += frame.byteLength;
      const carried = bytesPerMs * (leftMs - busySinceMs);
      worstEarly = Math.max(worstEarly, busyBytes - carried);
      worstLate = Math.max(worstLate, carried - busyBytes);
    }
    expect(worstEarly).toBeLessThan(1e-3);
    expect(worstLate).toBeLessThanOrEqual(quantum);
  });
});

describe('duplicate, corrupt and reorder', () => {
  const p = 0.01;
  const interval = binomialInterval(N, p);
  const datagrams = numbered(N);

  it('duplicates the share p, once each', () => {
    for (const seed of seeds(2)) {
      const left = outputOf(() => duplicate({ p })(stageContext({ seed, transport: 'udp' })), datagrams).map(numberOf);
      within(left.length - N, interval);
      expect(new Set(left).size).toBe(N);
      expect(left.every((number, index) => index === 0 || number >= left[index - 1]!)).toBe(true);
    }
  });

  it('corrupts the share p by one bit at a uniform position, and does not change the source buffer', () => {
    const length = 32;
    const sent = Buffer.alloc(length, 0x55);
    for (const seed of seeds(3)) {
      const places: number[] = [];
      const spread = seededRandom('within a bit', seed);
      for (const frame of outputOf(
        () => corrupt({ p })(stageContext({ seed, transport: 'udp' })),
        new Array<Buffer>(N).fill(sent),
      )) {
        if (frame === sent) continue;
        const flipped = [...frame].flatMap((byte, index) =>
          [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => ((byte ^ 0x55) >> bit) & 1).map((bit) => index * 8 + bit),
        );
        expect(flipped).toHaveLength(1);
        // Spread within the bit, because the limit is for continuous distributions.
        places.push(flipped[0]! + spread());
      }
      within(places.length, interval);
      expect(distance(places, uniform(0, length * 8))).toBeLessThan(distanceLimit(places.length));
      expect(sent).toEqual(Buffer.alloc(length, 0x55));
    }
  });

  it('flips a share of all bits', () => {
    const frame = Buffer.alloc(1250);
    const flipped = outputOf(
      () => corrupt({ ber: 0.01 })(stageContext({ seed: 5 })),
      new Array<Buffer>(10).fill(frame),
    );
    const bits = Buffer.concat(flipped).reduce((total, byte) => total + byte.toString(2).replaceAll('0', '').length, 0);
    within(bits, interval);
  });

  it('reorders the share p, each by at most depth later datagrams', () => {
    const depth = 3;
    for (const seed of seeds(3)) {
      const operator = reorder({ p, depth })(stageContext({ seed, transport: 'udp' }));
      const left = outputOf(() => operator, datagrams).map(numberOf);
      expect(new Set(left).size).toBe(N);
      let highest = -1;
      const extents: number[] = [];
      left.forEach((number, index) => {
        // RFC 4737: a datagram is reordered if a later one left first. Its extent is how many overtook it.
        if (number < highest)
          extents.push(left.slice(Math.max(0, index - 50), index).filter((other) => other > number).length);
        highest = Math.max(highest, number);
      });
      within(extents.length, interval);
      expect(Math.max(...extents)).toBe(depth);
    }
  });
});

describe('substreams', () => {
  it('start at uniform values, independently for each connection', () => {
    const firsts = Array.from({ length: N }, (_, id) => seededRandom(42, 'tcp', id + 1, 'loss', 'loss')());
    expect(distanceLimit(N)).toBeCloseTo(0.0085, 4);
    expect(distance(firsts, uniform(0, 1))).toBeLessThan(distanceLimit(N));
    near(autocorrelation(firsts), 0, Z / Math.sqrt(N));
  });
});
