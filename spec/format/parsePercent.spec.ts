import { parsePercent } from '../../lib/format/parsePercent';

describe('probability', () => {
  it.each([
    ['0%', 0],
    ['0.1%', 0.001],
    ['1%', 0.01],
    ['100%', 1],
  ])('reads %s as %d', (text, share) => {
    expect(parsePercent(text)).toBeCloseTo(share, 12);
  });

  it.each([
    ['1', 'expected 1% or 100%'],
    ['0.02', 'expected 0.02% or 2%'],
    ['0', 'expected 0%'],
    ['5', 'expected 5%'],
    ['100', 'expected 100%'],
  ])('shows what %s may have meant', (text, hint) => {
    expect(() => parsePercent(text)).toThrow(new RegExp(`^${text} has no unit; ${hint}$`));
  });

  it('refuses more than all', () => {
    expect(() => parsePercent('101%')).toThrow('101% is too large; expected at most 100%');
  });

  it.each(['', 'often', '-1%', '1 percent'])('refuses %j', (text) => {
    expect(() => parsePercent(text)).toThrow(`invalid probability "${text}"; expected for example 1% or 0.1%`);
  });
});
