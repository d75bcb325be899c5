import type { networkInterfaces } from 'node:os';
import { ipv4Number } from './filter/ipv4Number';

/** What `os.networkInterfaces` gives: the addresses of the interfaces that are up. */
export type Interfaces = typeof networkInterfaces;

/** Whether the system tells: it does not where a sandbox forbids netlink sockets, and Node throws then. */
export const canListInterfaces = (interfaces: Interfaces): boolean => {
  try {
    interfaces();
    return true;
  } catch {
    return false;
  }
};

/** The broadcast addresses of the IPv4 networks that a machine is in, as numbers. Links of two (RFC 3021) have none. */
export const broadcasts = (interfaces: Interfaces): ReadonlySet<number> =>
  new Set(
    Object.values(canListInterfaces(interfaces) ? interfaces() : {})
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, netmask }) => family === 'IPv4' && ipv4Number(netmask) < LINK_OF_TWO)
      // Unsigned: a bitwise operator gives a signed number.
      .map(({ address, netmask }) => (ipv4Number(address) | ~ipv4Number(netmask)) >>> 0),
  );

const LINK_OF_TWO = 0xfffffffe;

/** The addresses at which this machine can be asked, each once. A link-local one is an address only with its zone. */
export const localAddresses = (interfaces: Interfaces): string[] => {
  const hosts = Object.entries(interfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).map(({ address }) => (isLinkLocal(address) ? `${address}%${name}` : address)),
  );
  return [...new Set(hosts)];
};

const isLinkLocal = (address: string): boolean => /^fe[89ab][0-9a-f]:/.test(address);
