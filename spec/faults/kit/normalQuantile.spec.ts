import { normalQuantile } from '../../../lib/faults/kit/normalQuantile';

describe('normalQuantile', () => {
  it.each([
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.841344746068543, 1],
    [0.001349898031630095, -3],
    [0.9999683287581669, 4],
    [2.866515718791939e-7, -5],
  ])('returns the quantile for probability %d', (p, z) => {
    expect(Math.abs(normalQuantile(p) - z)).toBeLessThan(1e-8);
  });

  it('is symmetric and increasing, also where its pieces meet', () => {
    const at = [0.001, 0.0242, 0.02425, 0.0243, 0.3, 0.5].map(normalQuantile);
    expect([...at].sort((a, b) => a - b)).toEqual(at);
    for (const p of [0.001, 0.02425, 0.3]) expect(normalQuantile(p)).toBeCloseTo(-normalQuantile(1 - p), 8);
  });

  it('is infinite at 0, which a draw can return, and at 1', () => {
    expect([0, 1].map(normalQuantile)).toEqual([-Infinity, Infinity]);
  });
});
