import { isIPv4, isIPv6 } from 'node:net';

/**
 * Returns whether a socket at one address takes what is sent to another, so that both cannot be bound to one port.
 *
 * @param wide An address, or all of them: `0.0.0.0` covers IPv4, `::` covers IPv6, and IPv4 unless it is `ipv6Only`.
 */
export const covers = (wide: string, address: string, ipv6Only = false): boolean => {
  if (wide === '0.0.0.0') return isIPv4(address);
  if (wide === '::') return isIPv6(address) || !ipv6Only;
  return wide === address;
};
