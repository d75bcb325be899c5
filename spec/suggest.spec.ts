import { nearest } from '../lib/suggest';

describe('nearest', () => {
  it('finds the word that was meant', () => {
    expect(nearest('latensy', ['loss', 'latency'])).toBe('latency');
    expect(nearest('jiter', ['jitter', 'p'])).toBe('jitter');
  });

  it('finds none when the word is like none of them', () => {
    expect(nearest('teapot', ['loss', 'latency'])).toBeUndefined();
    expect(nearest('latency', [])).toBeUndefined();
  });

  it('is stricter with short words', () => {
    expect(nearest('los', ['loss'])).toBe('loss');
    expect(nearest('lag', ['loss'])).toBeUndefined();
  });
});
