import { parseCount } from '../../lib/format/parseCount';

describe('count', () => {
  it.each([
    ['1', 1],
    ['100', 100],
  ])('reads %s', (text, value) => {
    expect(parseCount(text)).toBe(value);
  });

  it.each(['0', '', '-1', '1.5', '1e3', 'many', '9007199254740993'])('refuses %j', (text) => {
    expect(() => parseCount(text)).toThrow(`"${text}" is no number of them: write a whole number from 1 up`);
  });
});
