import { parseRate } from '../../lib/format/parseRate';

describe('rate', () => {
  it.each([
    ['8bit', 1],
    ['256kbit', 32_000],
    ['1mbit', 125_000],
    ['1.5mbit', 187_500],
    ['1gbit', 125_000_000],
    ['10B/s', 10],
    ['1000kB/s', 1_000_000],
    ['1KiB/s', 1024],
    ['1MB/s', 1_000_000],
    ['2MiB/s', 2_097_152],
  ])('reads %s as %d bytes per second', (text, bytesPerSecond) => {
    expect(parseRate(text)).toBe(bytesPerSecond);
  });

  it.each(['kbps', 'Kbps', 'KBPS'])('rejects %s, with the reason and the expected form', (unit) => {
    expect(() => parseRate(`5${unit}`)).toThrow(
      'kbps is ambiguous (kilobytes in tc, kilobits in browsers); expected 5kbit or 5kB/s',
    );
  });

  it('shows two ways to write a number without a unit', () => {
    expect(() => parseRate('5')).toThrow('5 has no unit; expected 5kbit or 5kB/s');
  });

  it.each(['', 'fast', '5mbps', '5kB', '5Mbit'])('refuses %j', (text) => {
    expect(() => parseRate(text)).toThrow(`invalid rate "${text}"; expected for example 1mbit, 256kbit or 1000kB/s`);
  });
});
