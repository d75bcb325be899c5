import { seededRandom } from '../../lib/stages/seededRandom';

const draws = (count: number, ...names: (string | number)[]): number[] =>
  Array.from({ length: count }, seededRandom(...names));

describe('seededRandom', () => {
  it('gives the same numbers for the same names, in every release', () => {
    expect(draws(3, 42, 'tcp', 1, 'loss', 'loss')).toEqual([
      0.02240533917210996, 0.16540493932552636, 0.3846445893868804,
    ]);
  });

  it('gives other numbers for every other list of names', () => {
    const firsts = [
      draws(1, 42, 'tcp', 1, 'loss'),
      draws(1, 43, 'tcp', 1, 'loss'),
      draws(1, 42, 'udp', 1, 'loss'),
      draws(1, 42, 'tcp', 2, 'loss'),
      draws(1, 42, 'tcp', 1, 'latency'),
      draws(1, 42, 'tcp', '1', 'loss'),
      draws(1, 4, '2tcp', 1, 'loss'),
    ];
    expect(new Set(firsts.flat()).size).toBe(firsts.length);
  });

  it('stays within 0 and 1', () => {
    const all = draws(10_000, 1);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...all)).toBeLessThan(1);
  });
});
