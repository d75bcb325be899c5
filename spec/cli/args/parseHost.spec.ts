import { parseHost } from '../../../lib/cli/args/parseHost';

describe('parseHost', () => {
  it.each(['127.0.0.1', '::1', 'fe80::1%eth0', 'localhost'])('takes %s as it is', (address) => {
    expect(parseHost(address)).toBe(address);
  });

  it('takes an address in the brackets that our own lines put around it', () => {
    expect(parseHost('[::1]')).toBe('::1');
  });

  it.each(['', '  ', '[]'])('refuses %j: an unset variable of a script is no wish for all addresses', (text) => {
    expect(() => parseHost(text)).toThrow(expect.objectContaining({ code: 'ERR_ECHO_OPTION' }) as Error);
  });
});
