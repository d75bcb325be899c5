import { parseCount, parseFrequency, parseSize, parseQuantity, type UnitSystem } from '../../lib/format/parseQuantity';

const lengths: UnitSystem = { noun: 'length', units: { m: 1, km: 1000 }, examples: '5m or 3km', meant: ['m', 'km'] };

describe('parseQuantity', () => {
  it('reads a number with its unit', () => {
    expect(parseQuantity('1.5km', lengths)).toBe(1500);
    expect(parseQuantity('2 m', lengths)).toBe(2);
  });

  it('shows what a number without one may have meant', () => {
    expect(() => parseQuantity('3', lengths)).toThrow('3 has no unit; expected 3m or 3km');
  });

  it.each(['', 'km', '1.m', '1e3m', '-1m', '1mm', '5__proto__', '5valueOf'])('refuses %j', (text) => {
    expect(() => parseQuantity(text, lengths)).toThrow(
      expect.objectContaining({
        code: 'ERR_ECHO_OPTION',
        message: `invalid length "${text}"; expected for example 5m or 3km`,
      }) as Error,
    );
  });
});

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
    expect(() => parseSize('64')).toThrow('64 has no unit; expected 64B or 64KiB');
  });

  it.each(['', 'much', '-1B', '1kb', '1 TiB', '5constructor', '5toString'])('refuses %j', (text) => {
    expect(() => parseSize(text)).toThrow(`invalid size "${text}"; expected for example 100B, 64KiB or 1.5MB`);
  });
});

describe('frequency', () => {
  it.each([
    ['1000/s', 1000],
    ['1.5/s', 1.5],
    ['90/min', 1.5],
  ])('reads %s as %d a second', (text, expected) => {
    expect(parseFrequency(text)).toBe(expected);
  });

  it.each([
    ['1000', '1000 has no unit; expected 1000/s or 1000/min'],
    ['x', 'invalid frequency "x"; expected for example 1000/s or 90/min'],
    ['10/h', 'invalid frequency "10/h"; expected for example 1000/s or 90/min'],
  ])('throws for "%s"', (text, message) => {
    expect(() => parseFrequency(text)).toThrow(message);
  });
});

describe('count', () => {
  it.each([
    ['1', 1],
    ['100', 100],
  ])('reads %s', (text, value) => {
    expect(parseCount(text)).toBe(value);
  });

  it.each(['0', '', '-1', '1.5', '1e3', 'many', '9007199254740993'])('refuses %j', (text) => {
    expect(() => parseCount(text)).toThrow(`invalid number "${text}"; expected a whole number, 1 or more`);
  });
});
