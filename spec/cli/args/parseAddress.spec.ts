import { parseMetricsAddress, parseHost } from '../../../lib/cli/args/parseAddress';

describe('parseHost', () => {
  it.each(['127.0.0.1', '::1', 'fe80::1%eth0', 'localhost'])('takes %s as it is', (address) => {
    expect(parseHost(address)).toBe(address);
  });

  it('takes an address in the brackets that our own lines put around it', () => {
    expect(parseHost('[::1]')).toBe('::1');
  });

  it.each(['', '  ', '[]'])('rejects %j: an unset variable of a script must not open all addresses', (text) => {
    expect(() => parseHost(text)).toThrow(expect.objectContaining({ code: 'ERR_ECHO_OPTION' }) as Error);
  });
});

describe('parseMetricsAddress', () => {
  it.each([
    ['9100', { host: '127.0.0.1', port: 9100 }],
    ['0', { host: '127.0.0.1', port: 0 }],
    [':9100', { host: '', port: 9100 }],
    ['192.0.2.1:9100', { host: '192.0.2.1', port: 9100 }],
    ['localhost:9100', { host: 'localhost', port: 9100 }],
    ['[::1]:9100', { host: '::1', port: 9100 }],
  ])('reads %s', (text, endpoint) => {
    expect(parseMetricsAddress(text)).toEqual(endpoint);
  });

  it.each(['', 'localhost', '::1:9100', '65536', '127.0.0.1:', '-1', 'a b:1'])('refuses %j, and shows how', (text) => {
    expect(() => parseMetricsAddress(text)).toThrow('expected 9100, :9100, 192.0.2.1:9100 or [::1]:9100');
  });
});
