import type { DropReason } from '../dropReason';
import { isAnyAddress } from '../endpoint';
import type { RefusedPorts } from '../refusedPorts';
import { ipv4Number } from './ipv4Number';

const SERVICES: readonly number[] = [7, 9, 13, 17, 19, 37];
const NFS = 2049;

const isRefusedPort: Readonly<Record<RefusedPorts, (port: number) => boolean>> = {
  reserved: (port) => port < 1024 || port === NFS,
  services: (port) => SERVICES.includes(port),
  none: () => false,
};

/** What a socket refuses. */
export interface RefusalRules {
  readonly refuse: RefusedPorts;
  /** The address that the socket is bound to; `::` or `0.0.0.0` is all of them. */
  readonly localHost: string;
  /** The port that the socket is bound to: who sends from the same one is taken for another echo server. */
  readonly localPort: number;
  /** The broadcast addresses of the IPv4 networks that this machine was in when the socket was bound, as numbers. */
  readonly broadcasts: ReadonlySet<number>;
}

/**
 * Why a datagram is not answered, going by where it says it came from; `undefined` where nothing speaks against it. An
 * echo server answers whoever a datagram names as its sender: without this, one forged datagram makes two of them talk
 * for ever, or a whole network answer (CERT CA-1996-01, CVE-2024-2169). The rules are those of the BSD inetds.
 *
 * Loopback is refused only where it cannot come from here: by a socket bound to another address.
 */
export const refusedSource = ({ refuse, localHost, localPort, broadcasts }: RefusalRules) => {
  const refusesPort = isRefusedPort[refuse];
  const refusesLoopback = !isLoopback(localHost) && !isAnyAddress(localHost);
  const refusesIpv4 = (address: number): boolean =>
    address < FIRST_OF_1 ||
    (address >= FIRST_OF_224 && address < FIRST_OF_240) ||
    address === EVERYBODY ||
    (refusesLoopback && address >= FIRST_OF_127 && address < FIRST_OF_128) ||
    broadcasts.has(address);

  return (address: string, port: number, ipv4 = ipv4Number(address)): DropReason | undefined => {
    // `send` to port 0 throws, and there is nobody to send to.
    if (port === 0) return 'port 0';
    if (port === localPort) return 'own port';
    if (refusesPort(port)) return 'reserved port';
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
