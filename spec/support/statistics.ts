// Once, and not at each of a million calls: in the sandbox of Jest a global is slow.
const { abs, exp, floor, log, log1p, max, min, sqrt } = Math;

/** A check fails by chance once in a million: 60 checks a night are one false alarm in 16,000 nights. */
const ALPHA = 1e-6;

/** The quantile of a standard normal variable for a two-sided check, and for a one-sided one. */
export const Z = 4.892;
const Z_ONE_SIDED = 4.753;

/**
 * How often something of probability `p` happens in `n` trials, but for one case in a million: the exact binomial
 * interval.
 */
export const binomialInterval = (n: number, p: number): readonly [least: number, most: number] => {
  const mass = binomialMass(n, p);
  const cut = (next: (k: number) => number): number => {
    let tail = 0;
    for (let k = 0; ; k += 1) if ((tail += next(k)) > ALPHA / 2) return k;
  };
  return [cut(mass), n - cut((k) => mass(n - k))];
};

const binomialMass = (n: number, p: number): ((k: number) => number) => {
  const lnFactorial = new Float64Array(n + 1);
  for (let k = 2; k <= n; k += 1) lnFactorial[k] = lnFactorial[k - 1]! + log(k);
  const lnChoose = (k: number): number => lnFactorial[n]! - lnFactorial[k]! - lnFactorial[n - k]!;
  return (k) => exp(lnChoose(k) + k * log(p) + (n - k) * log1p(-p));
};

/** The largest distance between a sample and a distribution (Kolmogorov–Smirnov). */
export const distance = (sample: readonly number[], distribution: (x: number) => number): number => {
  const sorted = Float64Array.from(sample).sort();
  return sorted.reduce((worst, x, index) => {
    const f = distribution(x);
    return max(worst, f - index / sorted.length, (index + 1) / sorted.length - f);
  }, 0);
};

/** The distance that a sample of `n` does not reach, but for one case in a million. */
export const distanceLimit = (n: number): number => sqrt(log(2 / ALPHA) / (2 * n));

/** Of the uniform distribution over an interval. */
export const uniform =
  (from: number, to: number) =>
  (x: number): number =>
    min(1, max(0, (x - from) / (to - from)));

/** Of the normal distribution; Abramowitz and Stegun 26.2.17, to 7.5e-8. */
export const normal =
  (mean: number, deviation: number) =>
  (x: number): number => {
    const z = (x - mean) / deviation;
    const t = 1 / (1 + 0.2316419 * abs(z));
    const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    const tail = (series * exp((-z * z) / 2)) / sqrt(2 * Math.PI);
    return z > 0 ? 1 - tail : tail;
  };

export const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** How much each value tells of the next one, -1..1. */
export const autocorrelation = (values: readonly number[]): number => {
  const m = mean(values);
  let [both, own] = [0, 0];
  values.forEach((x, index) => {
    own += (x - m) ** 2;
    if (index > 0) both += (x - m) * (values[index - 1]! - m);
  });
  return both / own;
};

/** The lengths of the runs of `1`. */
export const runs = (bits: readonly number[]): number[] => {
  const lengths: number[] = [];
  let length = 0;
  for (const bit of [...bits, 0]) {
    if (bit === 1) length += 1;
    else if (length > 0) lengths.push(length);
    if (bit === 0) length = 0;
  }
  return lengths;
};

/** How far lengths from 1 are from geometric with this chance of an end (χ², cells of 10 and more expected). */
export const geometricMisfit = (lengths: readonly number[], end: number): { readonly chi2: number; limit: number } => {
  const n = lengths.length;
  const cells = max(2, floor(log(10 / n) / log(1 - end)));
  const observed = new Array<number>(cells).fill(0);
  for (const length of lengths) observed[min(length, cells) - 1]! += 1;
  const chi2 = observed.reduce((sum, count, index) => {
    const rest = (1 - end) ** index;
    const expected = n * (index === cells - 1 ? rest : rest * end);
    return sum + (count - expected) ** 2 / expected;
  }, 0);
  return { chi2, limit: chiSquareLimit(cells - 1) };
};

/** What χ² does not reach, but for one case in a million; Wilson and Hilferty. */
const chiSquareLimit = (freedom: number): number => {
  const v = 2 / (9 * freedom);
  return freedom * (1 - v + Z_ONE_SIDED * sqrt(v)) ** 3;
};
