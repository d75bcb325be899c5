import type { networkInterfaces } from 'node:os';
import { ipv4Number } from './filter/ipv4Number';

/** Lists the addresses of the interfaces that are up, as `os.networkInterfaces` does. */
export type Interfaces = typeof networkInterfaces;

/** Returns whether the system lists its addresses: in a sandbox without netlink sockets, Node throws. */
export const canListInterfaces = (interfaces: Interfaces): boolean => {
  try {
    interfaces();
    return true;
  } catch {
    return false;
  }
};

/** Returns the broadcast addresses of this machine's IPv4 networks, as numbers. Links of two (RFC 3021) have none. */
export const broadcasts = (interfaces: Interfaces): ReadonlySet<number> =>
  new Set(
    Object.values(canListInterfaces(interfaces) ? interfaces() : {})
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, netmask }) => family === 'IPv4' && ipv4Number(netmask) < LINK_OF_TWO)
      // Unsigned, because bitwise operators return signed numbers.
      .map(({ address, netmask }) => (ipv4Number(address) | ~ipv4Number(netmask)) >>> 0),
  );

const LINK_OF_TWO = 0xfffffffe;

/** Returns the local addresses, each once. A link-local address includes its zone. */
export const localAddresses = (interfaces: Interfaces): string[] => {
  const hosts = Object.entries(interfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).map(({ address }) => (isLinkLocal(address) ? `${address}%${name}` : address)),
  );
  return [...new Set(hosts)];
};

const isLinkLocal = (address: string): boolean => /^fe[89ab][0-9a-f]:/.test(address);
