import { suggest } from '../lib/suggest';

describe('nearest', () => {
  it('finds the word that was meant', () => {
    expect(suggest('latensy', ['loss', 'latency'])).toBe('latency');
    expect(suggest('jiter', ['jitter', 'p'])).toBe('jitter');
  });

  it('finds none when no word is similar', () => {
    expect(suggest('teapot', ['loss', 'latency'])).toBeUndefined();
    expect(suggest('latency', [])).toBeUndefined();
  });

  it('is stricter with short words', () => {
    expect(suggest('los', ['loss'])).toBe('loss');
    expect(suggest('lag', ['loss'])).toBeUndefined();
  });
});
