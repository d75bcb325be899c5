import { endianness } from 'node:os';
import { MAPPED_PREFIX, procAddress } from '../../lib/net/procAddress';

// As a little-endian machine shows them.
(endianness() === 'LE' ? describe : describe.skip)('procAddress', () => {
  it.each([
    ['127.0.0.1', 8080, '0100007F:1F90'],
    ['0.0.0.0', 7, '00000000:0007'],
    ['::', 7, '00000000000000000000000000000000:0007'],
    ['::1', 53684, '00000000000000000000000001000000:D1B4'],
    ['2001:db8::2', 7, 'B80D0120000000000000000002000000:0007'],
    ['2001:db8:1:2:3:4:5:6', 7, 'B80D0120020001000400030006000500:0007'],
    ['fe80::1%eth0', 7, '000080FE000000000000000001000000:0007'],
  ])('shows %s:%d as %s', (host, port, shown) => {
    expect(procAddress({ host, port })).toBe(shown);
  });

  it('knows how an IPv4 address begins in an IPv6 table', () => {
    expect(MAPPED_PREFIX).toBe('0000000000000000FFFF0000');
  });
});
