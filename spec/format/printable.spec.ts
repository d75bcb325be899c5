import { printable } from '../../lib/format/printable';

describe('printable', () => {
  it.each([
    ['hello, wörld ☃', 'hello, wörld ☃'],
    ['\x1b[2J\x00\x7f', '\\x1b[2J\\x00\\x7f'],
    ['\x80\x85\x9b2J\x9f', '\\x80\\x85\\x9b2J\\x9f'],
    ['\xa0', '\xa0'],
    ['\ufeff{\u202e\u2028', '\\ufeff{\\u202e\\u2028'],
    ['\u{e0001}', '\\u{e0001}'],
  ])('shows %j as %s', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});
