import { isIPv6 } from 'node:net';
import { stripV4Mapped } from '../endpoint';

/** Groups of 16 bits that name a network in an IPv6 address: the rest is the host's own to choose. */
const NETWORK_GROUPS = 4;

/**
 * Whom to count a connection to: an IPv4 address, or the /64 network of an IPv6 address, since a single host has all
 * addresses of one and could come from another each time.
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
