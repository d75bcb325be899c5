import type { DropReason } from '../../reasons';
import { isWildcard } from '../../endpoint';
import { ipv4Number } from './ipv4Number';

/** What a socket knows of its own address. */
export interface SourceRules {
  /** The bound address; `::` or `0.0.0.0` means all. */
  readonly localHost: string;
  /** The broadcast addresses of the IPv4 networks of this machine when the socket was bound, as numbers. */
  readonly broadcasts: ReadonlySet<number>;
}

/**
 * Returns the reason not to answer a source, or `undefined`. One forged datagram could otherwise make a whole network
 * answer (CERT CA-1996-01). The rules are those of the BSD inetds.
 *
 * A loopback source is dropped only by a socket that it cannot have reached: one that is bound to another address.
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
    // `send` to port 0 throws.
    if (port === 0) return 'port 0';
    const refused = ipv4 === -1 ? isOddIpv6(address) || (refusesLoopback && address === '::1') : refusesIpv4(ipv4);
    return refused ? 'source address' : undefined;
  };
};

const [FIRST_OF_1, FIRST_OF_127, FIRST_OF_128] = [0x01000000, 0x7f000000, 0x80000000];
const [FIRST_OF_224, FIRST_OF_240, EVERYBODY] = [0xe0000000, 0xf0000000, 0xffffffff];

const isLoopback = (host: string): boolean => host === '::1' || ipv4Number(host) >>> 24 === 127;

/** Multicast (ff00::/8, whose first group has four digits) and unspecified. */
const isOddIpv6 = (address: string): boolean =>
  (address.startsWith('ff') && address.charAt(4) === ':') || address === '::';
