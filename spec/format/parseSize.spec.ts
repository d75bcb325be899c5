import { parseSize } from '../../lib/format/parseSize';

describe('size', () => {
  it.each([
    ['0B', 0],
    ['100B', 100],
    ['1kB', 1000],
    ['1KB', 1000],
    ['64KiB', 65_536],
    ['1.5MB', 1_500_000],
    ['1MiB', 1_048_576],
    ['2GB', 2_000_000_000],
    ['1GiB', 1_073_741_824],
  ])('reads %s as %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it('shows two ways to write a number without a unit', () => {
    expect(() => parseSize('64')).toThrow('64 has no unit: write 64B or 64KiB');
  });

  it.each(['', 'much', '-1B', '1kb', '1 TiB', '5constructor', '5toString'])('refuses %j', (text) => {
    expect(() => parseSize(text)).toThrow(`"${text}" is no size: write for example 100B, 64KiB or 1.5MB`);
  });
});
