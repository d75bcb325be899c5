import { canonicalHost } from '../../lib/net/canonicalHost';

describe('canonicalHost', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::1', '::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8::00', '2001:db8::'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['::', '::'],
    ['FE80:0::1%eth0', 'fe80::1%eth0'],
    ['localhost', 'localhost'],
    ['', ''],
  ])('spells %s as %s', (host, canonical) => {
    expect(canonicalHost(host)).toBe(canonical);
  });
});
