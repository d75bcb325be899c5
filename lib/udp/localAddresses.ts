import type { networkInterfaces } from 'node:os';
import { ipv4Number } from './ipv4Number';

/** What `os.networkInterfaces` gives: the addresses of the interfaces that are up. */
export type Interfaces = typeof networkInterfaces;

/** The broadcast addresses of the IPv4 networks that a machine is in, as numbers. Links of two (RFC 3021) have none. */
export const broadcasts = (interfaces: Interfaces): ReadonlySet<number> =>
  new Set(
    Object.values(interfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, netmask }) => family === 'IPv4' && ipv4Number(netmask) < LINK_OF_TWO)
      // Unsigned: a bitwise operator gives a signed number.
      .map(({ address, netmask }) => (ipv4Number(address) | ~ipv4Number(netmask)) >>> 0),
  );

const LINK_OF_TWO = 0xfffffffe;
