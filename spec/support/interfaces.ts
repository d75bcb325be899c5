import type { NetworkInterfaceInfo } from 'node:os';

/** An IPv4 address of an interface, as Node lists it. */
export const ipv4 = (address: string, netmask = '255.0.0.0'): NetworkInterfaceInfo => ({
  family: 'IPv4',
  address,
  netmask,
  mac: '',
  internal: false,
  cidr: null,
});
