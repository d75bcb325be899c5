import type { NetworkInterfaceInfo } from 'node:os';
import { broadcasts, localAddresses } from '../../lib/udp/localAddresses';
import { ipv4 } from '../support/interfaces';

describe('broadcasts', () => {
  it.each([
    ['10.1.2.3', '255.255.255.0', 0x0a0102ff],
    ['192.0.2.130', '255.255.255.192', 0xc00002bf],
    ['172.16.0.1', '255.255.255.252', 0xac100003],
  ])('knows the broadcast address of %s/%s', (address, netmask, expected) => {
    expect([...broadcasts(() => ({ eth0: [ipv4(address, netmask)] }))]).toEqual([expected]);
  });

  it.each(['255.255.255.254', '255.255.255.255'])('knows that a network of %s has none', (netmask) => {
    expect([...broadcasts(() => ({ eth0: [ipv4('10.1.2.3', netmask)] }))]).toEqual([]);
  });

  it('contains none of IPv6, and none of an interface without addresses', () => {
    const ipv6: NetworkInterfaceInfo = {
      ...ipv4('fe80::1', 'ffff:ffff:ffff:ffff::'),
      family: 'IPv6',
      scopeid: 2,
    };
    expect([...broadcasts(() => ({ eth0: [ipv6], eth1: undefined }))]).toEqual([]);
  });
});

describe('localAddresses', () => {
  it('lists each address once, a link-local one with its interface', () => {
    const ipv6 = (address: string): NetworkInterfaceInfo => ({
      ...ipv4(address, 'ffff:ffff:ffff:ffff::'),
      family: 'IPv6',
      scopeid: 2,
    });
    const eth0 = [
      ipv4('192.0.2.1', '255.255.255.0'),
      ipv6('fe80::1'),
      ipv6('febf::1'),
      ipv6('fec0::1'),
      ipv6('2001:db8::1'),
    ];
    const eth1 = [ipv4('192.0.2.1', '255.255.255.0'), ipv6('fe80::1')];
    expect(localAddresses(() => ({ eth0, eth1, eth2: undefined }))).toEqual([
      '192.0.2.1',
      'fe80::1%eth0',
      'febf::1%eth0',
      'fec0::1',
      '2001:db8::1',
      'fe80::1%eth1',
    ]);
  });
});
