import { normalQuantile } from '../../../lib/faults/kit/normalQuantile';

describe('normalQuantile', () => {
  it.each([
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.841344746068543, 1],
    [0.001349898031630095, -3],
    [0.9999683287581669, 4],
    [2.866515718791939e-7, -5],
  ])('is the value below which a normal variable falls with probability %d', (p, z) => {
    expect(Math.abs(normalQuantile(p) - z)).toBeLessThan(1e-8);
  });

  it('is symmetric, and grows, through the seams of its pieces', () => {
    const at = [0.001, 0.0242, 0.02425, 0.0243, 0.3, 0.5].map(normalQuantile);
    expect([...at].sort((a, b) => a - b)).toEqual(at);
    for (const p of [0.001, 0.02425, 0.3]) expect(normalQuantile(p)).toBeCloseTo(-normalQuantile(1 - p), 8);
  });

  it('is infinite at the ends, of which a draw can meet the lower one', () => {
    expect([0, 1].map(normalQuantile)).toEqual([-Infinity, Infinity]);
  });
});
