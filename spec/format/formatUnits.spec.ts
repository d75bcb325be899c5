import { formatBytes, formatCount, formatMs, formatShare } from '../../lib/format/formatUnits';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1_234_567, '1.2 MB'],
    [5e9, '5.0 GB'],
    [5e12, '5.0 TB'],
    [5e15, '5000.0 TB'],
  ])('writes %d as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatShare', () => {
  it('writes two places of per cent, also of nothing', () => {
    expect(formatShare(121, 12_034)).toBe('1.01 %');
    expect(formatShare(0, 0)).toBe('0.00 %');
  });
});

describe('formatMs', () => {
  it('writes one place', () => {
    expect(formatMs(50.44)).toBe('50.4 ms');
  });
});

describe('formatCount', () => {
  it('writes one and many', () => {
    expect([0, 1, 2].map((n) => formatCount(n, 'chunk'))).toEqual(['0 chunks', '1 chunk', '2 chunks']);
  });
});
