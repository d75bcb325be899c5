import { isIPv6 } from 'node:net';
import { stripV4Mapped } from '../endpoint';

/** The number of 16-bit groups that form a /64 network. The host chooses the other groups. */
const NETWORK_GROUPS = 4;

/**
 * Returns the source that a connection from `address` counts for.
 *
 * The source is the IPv4 address, or the /64 network of an IPv6 address. A single host has all addresses of its /64
 * network, and could use another one for each connection.
 */
export const sourceNetwork = (address: string): string => {
  const bare = stripV4Mapped(address);
  if (!isIPv6(bare)) return bare;
  const [head = '', tail] = bare.split('%', 1)[0]!.split('::', 2);
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`;
};

const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'));
