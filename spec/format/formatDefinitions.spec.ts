import { formatDefinitions } from '../../lib/format/formatDefinitions';

describe('formatDefinitions', () => {
  it('aligns the texts behind the longest term', () => {
    expect(
      formatDefinitions([
        ['a', 'one'],
        ['bcd', 'two'],
      ]),
    ).toEqual(['a    one', 'bcd  two']);
  });

  it('wraps a text between words, and continues below it', () => {
    expect(formatDefinitions([['a', 'one two three']], 11)).toEqual(['a  one two', '   three']);
  });

  it('keeps a word whole that is longer than the line', () => {
    expect(formatDefinitions([['a', 'unbreakable b']], 8)).toEqual(['a  unbreakable', '   b']);
  });
});
