import { parseUnit, type UnitSystem } from '../../lib/format/parseUnit';

const lengths: UnitSystem = { noun: 'length', units: { m: 1, km: 1000 }, examples: '5m or 3km', meant: ['m', 'km'] };

describe('parseUnit', () => {
  it('reads a number with its unit', () => {
    expect(parseUnit('1.5km', lengths)).toBe(1500);
    expect(parseUnit('2 m', lengths)).toBe(2);
  });

  it('shows what a number without one may have meant', () => {
    expect(() => parseUnit('3', lengths)).toThrow('3 has no unit: write 3m or 3km');
  });

  it.each(['', 'km', '1.m', '1e3m', '-1m', '1mm', '5__proto__', '5valueOf'])('refuses %j', (text) => {
    expect(() => parseUnit(text, lengths)).toThrow(
      expect.objectContaining({
        code: 'ERR_ECHO_OPTION',
        message: `"${text}" is no length: write for example 5m or 3km`,
      }) as Error,
    );
  });
});
