import { checkSource, type SourceRules } from '../../../lib/udp/filter/checkSource';

/** A socket on an address of the network 10.1.2.0/24. */
const refused = (address: string, port: number, rules: Partial<SourceRules> = {}) =>
  checkSource({ localHost: '10.1.2.3', broadcasts: new Set([0x0a0102ff]), ...rules })(address, port);

describe('checkSource', () => {
  it.each(['192.0.2.1', '10.1.2.4', '1.0.0.0', '126.255.255.255', '128.0.0.0', '223.255.255.255', '240.0.0.1'])(
    'answers %s',
    (address) => {
      expect(refused(address, 49152)).toBeUndefined();
      expect(refused(`::ffff:${address}`, 49152)).toBeUndefined();
    },
  );

  it.each(['2001:db8::1', 'fe80::1%eth0', '::2', 'fe80::ff02', 'ff::1', 'fd00::1'])('answers %s', (address) => {
    expect(refused(address, 49152)).toBeUndefined();
  });

  it.each([
    ['this network', '0.0.0.0'],
    ['this network', '0.255.255.255'],
    ['multicast', '224.0.0.1'],
    ['multicast', '239.255.255.255'],
    ['everybody', '255.255.255.255'],
    ['the broadcast address of a network of ours', '10.1.2.255'],
  ])('refuses %s: %s, however it is written', (_, address) => {
    expect(refused(address, 49152)).toBe('source address');
    expect(refused(`::ffff:${address}`, 49152)).toBe('source address');
  });

  it.each([
    ['multicast', 'ff02::1'],
    ['multicast with its zone', 'ff02::1%eth0'],
    ['unspecified', '::'],
  ])('refuses %s: %s', (_, address) => {
    expect(refused(address, 49152)).toBe('source address');
  });

  it.each([
    ['10.1.2.3', 'source address'],
    ['2001:db8::3', 'source address'],
    ['127.0.0.1', undefined],
    ['127.0.0.2', undefined],
    ['::1', undefined],
    ['0.0.0.0', undefined],
    ['::', undefined],
  ])('treats loopback sources, at a socket that is bound to %s, as: %s', (localHost, reason) => {
    for (const address of ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1']) {
      expect(refused(address, 49152, { localHost })).toBe(reason);
    }
  });

  it('refuses port 0, and no other', () => {
    expect(refused('192.0.2.1', 0)).toBe('port 0');
    for (const port of [1, 7, 1023, 7007, 65535]) expect(refused('192.0.2.1', port)).toBeUndefined();
  });
});
