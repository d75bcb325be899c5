import { BlockList, isIP, isIPv4 } from 'node:net';
import { assertKeys, type Keys } from '../../assertKeys';
import { canonicalHost } from '../../net/canonicalHost';
import { stripV4Mapped } from '../../endpoint';
import { EchoError } from '../../errors';

/**
 * Lists networks (`192.0.2.0/24`, `2001:db8::/32`) and single addresses. `::/0` means all of IPv6 and nothing of IPv4.
 * Networks within `::ffff:0:0/96` are IPv4 networks: `::ffff:192.0.2.0/120` is `192.0.2.0/24`.
 */
export interface AccessLists {
  /** Serves only these. Default: all. */
  readonly allow?: readonly string[];
  /** Refuses these, even if `allow` names them. Default: none. */
  readonly deny?: readonly string[];
}

const accessKeys: Keys<AccessLists> = { allow: true, deny: true };

/**
 * Decides which addresses are served, over TCP and UDP. `deny` overrides `allow`, in any order, so that one line shuts
 * a host out of a network. While there is a list, a peer without an address (it left before it could be asked) is
 * denied.
 *
 * @throws `ERR_ECHO_OPTION` for what is neither a network nor an address.
 */
export class AccessList {
  #allow: Networks | undefined;
  #deny: Networks | undefined;

  constructor(lists: AccessLists) {
    this.replace(lists);
  }

  /** Replaces the lists for the next connection and the next datagram. Open connections stay. */
  replace(lists: AccessLists): void {
    assertKeys('AccessList', lists, accessKeys);
    const { allow = [], deny = [] } = lists;
    // Both lists are read before either is replaced, so that a mistake changes nothing.
    const [allowed, denied] = [networksOf(allow), networksOf(deny)];
    this.#allow = allowed;
    this.#deny = denied;
  }

  /** Whether nothing is listed. */
  get isOpen(): boolean {
    return !this.#allow && !this.#deny;
  }

  admits(address: string): boolean {
    if (this.isOpen) return true;
    const bare = withoutZone(stripV4Mapped(address));
    const family = isIP(bare);
    // `check` returns false for text that is no address: a list to deny would let it pass.
    if (family === 0) return false;
    return this.#deny?.has(bare, family) !== true && this.#allow?.has(bare, family) !== false;
  }
}

const withoutZone = (address: string): string => address.split('%', 1)[0]!;

/** Keeps the two families apart: one `BlockList` of both matches an IPv4 address with the IPv6 address that maps it. */
class Networks {
  readonly #ipv4 = new BlockList();
  readonly #ipv6 = new BlockList();

  add(address: string, prefix: number): void {
    if (isIPv4(address)) this.#ipv4.addSubnet(address, prefix, 'ipv4');
    else this.#ipv6.addSubnet(address, prefix, 'ipv6');
  }

  has(address: string, family: number): boolean {
    return family === 4 ? this.#ipv4.check(address, 'ipv4') : this.#ipv6.check(address, 'ipv6');
  }
}

/** `undefined` if nothing is listed, because an empty list to allow means all. */
const networksOf = (texts: readonly string[]): Networks | undefined => {
  if (texts.length === 0) return undefined;
  const networks = new Networks();
  for (const text of texts) {
    const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
    const bare = canonicalHost(address);
    const bits = isIPv4(bare) ? 32 : 128;
    // The prefix of a mapped network counts the 96 bits before the IPv4 address.
    const mappedBits = isIPv4(bare) && !isIPv4(address) ? 96 : 0;
    const prefix = length === undefined ? bits : Number(length) - mappedBits;
    // A network has no zone.
    if (isIP(bare) === 0 || prefix < 0 || prefix > bits || bare.includes('%')) {
      throw new EchoError(
        'ERR_ECHO_OPTION',
        `invalid network "${text}"; expected CIDR, for example 192.0.2.0/24, 2001:db8::/32 or 192.0.2.1`,
      );
    }
    networks.add(bare, prefix);
  }
  return networks;
};
