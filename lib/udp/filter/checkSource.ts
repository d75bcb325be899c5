import type { DropReason } from '../../reasons';
import { isWildcard } from '../../endpoint';
import { ipv4Number } from './ipv4Number';

/** What a socket knows of itself. */
export interface SourceRules {
  /** The address that the socket is bound to; `::` or `0.0.0.0` is all of them. */
  readonly localHost: string;
  /** The broadcast addresses of the IPv4 networks that this machine was in when the socket was bound, as numbers. */
  readonly broadcasts: ReadonlySet<number>;
}

/**
 * Why no server answers a datagram, going by where it says it came from; `undefined` where nothing speaks against it. One
 * forged datagram would make a whole network answer (CERT CA-1996-01). The rules are those of the BSD inetds.
 *
 * Loopback is refused only where it cannot come from here: by a socket bound to another address.
 */
export const checkSource = ({ localHost, broadcasts }: SourceRules) => {
  const refusesLoopback = !isLoopback(localHost) && !isWildcard(localHost);
  const refusesIpv4 = (address: number): boolean =>
    address < FIRST_OF_1 ||
    (address >= FIRST_OF_224 && address < FIRST_OF_240) ||
    address === EVERYBODY ||
    (refusesLoopback && address >= FIRST_OF_127 && address < FIRST_OF_128) ||
    broadcasts.has(address);

  return (address: string, port: number, ipv4 = ipv4Number(address)): DropReason | undefined => {
    // `send` to port 0 throws, and no socket is there to receive.
    if (port === 0) return 'port 0';
    const refused = ipv4 === -1 ? isOddIpv6(address) || (refusesLoopback && address === '::1') : refusesIpv4(ipv4);
    return refused ? 'source address' : undefined;
  };
};

const [FIRST_OF_1, FIRST_OF_127, FIRST_OF_128] = [0x01000000, 0x7f000000, 0x80000000];
const [FIRST_OF_224, FIRST_OF_240, EVERYBODY] = [0xe0000000, 0xf0000000, 0xffffffff];

const isLoopback = (host: string): boolean => host === '::1' || ipv4Number(host) >>> 24 === 127;

/** Multicast (ff00::/8, whose first group is written with all four digits) and unspecified. */
const isOddIpv6 = (address: string): boolean =>
  (address.startsWith('ff') && address.charAt(4) === ':') || address === '::';
