import { parseQuantity, type UnitSystem } from '../../lib/format/parseQuantity';

const lengths: UnitSystem = { noun: 'length', units: { m: 1, km: 1000 }, examples: '5m or 3km', meant: ['m', 'km'] };

describe('parseQuantity', () => {
  it('reads a number with its unit', () => {
    expect(parseQuantity('1.5km', lengths)).toBe(1500);
    expect(parseQuantity('2 m', lengths)).toBe(2);
  });

  it('shows what a number without one may have meant', () => {
    expect(() => parseQuantity('3', lengths)).toThrow('3 has no unit: write 3m or 3km');
  });

  it.each(['', 'km', '1.m', '1e3m', '-1m', '1mm', '5__proto__', '5valueOf'])('refuses %j', (text) => {
    expect(() => parseQuantity(text, lengths)).toThrow(
      expect.objectContaining({
        code: 'ERR_ECHO_OPTION',
        message: `"${text}" is no length: write for example 5m or 3km`,
      }) as Error,
    );
  });
});
