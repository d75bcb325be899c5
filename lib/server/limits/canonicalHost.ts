import { isIPv6, SocketAddress } from 'node:net';
import { stripV4Mapped } from '../../endpoint';

/**
 * Returns the one spelling that an address has: `0:0::1` is `::1`, and `::ffff:c000:201`, which maps an IPv4 address, is
 * `192.0.2.1`. A zone stays, and so does a name.
 */
export const canonicalHost = (host: string): string => {
  if (!isIPv6(host)) return host;
  const [address = '', zone] = host.split('%', 2);
  const canonical = stripV4Mapped(new SocketAddress({ address, family: 'ipv6' }).address);
  return zone === undefined ? canonical : `${canonical}%${zone}`;
};
