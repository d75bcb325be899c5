import { sourceKey } from '../../../lib/udp/filter/sourceKey';

describe('sourceKey', () => {
  it('is one for an address and a port, however IPv4 is written, and another for any other', () => {
    expect(sourceKey('::ffff:192.0.2.1', 7007)).toBe(sourceKey('192.0.2.1', 7007));
    const others = [
      ['192.0.2.1', 7007],
      ['192.0.2.1', 7008],
      ['192.0.2.2', 7007],
      ['255.255.255.255', 65_535],
      ['255.255.255.254', 65_535],
      ['2001:db8::1', 7007],
      ['2001:db8::1', 7008],
      ['fe80::1%eth0', 7007],
      ['fe80::1%eth1', 7007],
    ] as const;
    expect(new Set(others.map(([address, port]) => sourceKey(address, port))).size).toBe(others.length);
  });
});
