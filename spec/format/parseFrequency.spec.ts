import { parseFrequency } from '../../lib/format/parseFrequency';

describe('frequency', () => {
  it.each([
    ['1000/s', 1000],
    ['1.5/s', 1.5],
    ['90/min', 1.5],
  ])('reads %s as %d a second', (text, expected) => {
    expect(parseFrequency(text)).toBe(expected);
  });

  it.each([
    ['1000', '1000 has no unit: write 1000/s or 1000/min'],
    ['x', '"x" is no frequency: write for example 1000/s or 90/min'],
    ['10/h', '"10/h" is no frequency: write for example 1000/s or 90/min'],
  ])('throws for "%s"', (text, message) => {
    expect(() => parseFrequency(text)).toThrow(message);
  });
});
