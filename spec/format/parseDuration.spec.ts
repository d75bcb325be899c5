import { parseDuration } from '../../lib/format/parseDuration';

describe('duration', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['250us', 0.25],
    ['0s', 0],
    ['24h', 86_400_000],
  ])('reads %s as %d milliseconds', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it('shows two ways to write a number without a unit', () => {
    expect(() => parseDuration('5')).toThrow('5 has no unit; expected 5s or 5ms');
    expect(() => parseDuration('1.5')).toThrow('1.5 has no unit; expected 1.5s or 1.5ms');
  });

  it.each(['', 'soon', '10 s', '10s ', '-5s', '1,5h', '.5s', '10S', '1d', 's', '10s5'])(
    'shows what a duration looks like instead of %j',
    (text) => {
      expect(() => parseDuration(text)).toThrow(`invalid duration "${text}"; expected for example 500ms, 10s or 1m30s`);
    },
  );

  it.each(['24h1ms', '25h', `${'9'.repeat(400)}h`])('refuses more than a day: %s', (text) => {
    expect(() => parseDuration(text)).toThrow('is too long; expected at most 24h');
  });

  it('throws ERR_ECHO_OPTION', () => {
    expect(() => parseDuration('5')).toThrow(expect.objectContaining({ code: 'ERR_ECHO_OPTION' }) as Error);
  });
});
