import { parseDscp } from '../../../lib/cli/args/parseDscp';
import { thrownBy } from '../../support/thrownBy';

describe('parseDscp', () => {
  it.each([
    ['EF', 46],
    ['ef', 46],
    ['AF41', 34],
    ['AF13', 14],
    ['CS0', 0],
    ['CS7', 56],
    ['LE', 1],
    ['63', 63],
  ])('reads %s as %i', (text, codePoint) => expect(parseDscp(text)).toBe(codePoint));

  it.each(['', '64', 'AF44', 'CS8', 'constructor'])('rejects "%s"', (text) =>
    expect(thrownBy(() => parseDscp(text))).toMatchObject({ code: 'ERR_ECHO_OPTION' }),
  );
});
