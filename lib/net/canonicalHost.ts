import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { stripV4Mapped } from '../endpoint';

/**
 * Returns the canonical form of an address: `0:0::1` is `::1`, and `::ffff:c000:201`, which maps an IPv4 address, is
 * `192.0.2.1`. Zones and names stay.
 */
export const canonicalHost = (host: string): string => {
  if (!isIPv6(host)) return host;
  const [address = '', zone] = host.split('%', 2);
  const canonical = stripV4Mapped(new SocketAddress({ address, family: 'ipv6' }).address);
  return zone === undefined ? canonical : `${canonical}%${zone}`;
};

/**
 * Returns whether a socket at one address also receives what is sent to another, so that both cannot use one port.
 *
 * @param wide An address, or all of them: `0.0.0.0` covers IPv4; `::` covers IPv6, and IPv4 unless it is `ipv6Only`.
 */
export const covers = (wide: string, address: string, ipv6Only = false): boolean => {
  if (wide === '0.0.0.0') return isIPv4(address);
  if (wide === '::') return isIPv6(address) || !ipv6Only;
  return wide === address;
};
