import { BlockList, isIP, isIPv4 } from 'node:net';
import { assertKeys, type Keys } from '../../assertKeys';
import { canonicalHost } from '../../net/canonicalHost';
import { stripV4Mapped } from '../../endpoint';
import { EchoError } from '../../errors';

/**
 * Whom to serve: networks (`192.0.2.0/24`, `2001:db8::/32`) and single addresses. `::/0` is all of IPv6 and nothing of
 * IPv4: only networks within `::ffff:0:0/96` are IPv4 networks, `::ffff:192.0.2.0/120` is `192.0.2.0/24`.
 */
export interface AccessLists {
  /** Only these are served. Default: everybody. */
  readonly allow?: readonly string[];
  /** These are not, even where `allow` names them. Default: nobody. */
  readonly deny?: readonly string[];
}

const accessKeys: Keys<AccessLists> = { allow: true, deny: true };

/**
 * Who may be served, by address, over TCP and UDP alike. As with a list of exceptions to a list, `deny` wins: to shut
 * one host out of a network takes one line, and its order among the others means nothing. What is no address (a peer
 * that was gone before it was asked for its name) is denied while there is a list.
 *
 * @throws `ERR_ECHO_OPTION` for what is neither a network nor an address.
 */
export class AccessList {
  #allow: Networks | undefined;
  #deny: Networks | undefined;

  constructor(lists: AccessLists) {
    this.replace(lists);
  }

  /** Takes other lists from the next connection and the next datagram on; who is being served is left alone. */
  replace(lists: AccessLists): void {
    assertKeys('AccessList', lists, accessKeys);
    const { allow = [], deny = [] } = lists;
    // Both are read before either is taken: lists with a mistake leave what is.
    const [allowed, denied] = [networksOf(allow), networksOf(deny)];
    this.#allow = allowed;
    this.#deny = denied;
  }

  /** Whether everybody is served: nothing is listed. */
  get isOpen(): boolean {
    return !this.#allow && !this.#deny;
  }

  admits(address: string): boolean {
    if (this.isOpen) return true;
    const bare = withoutZone(stripV4Mapped(address));
    const family = isIP(bare);
    // `check` is false for what it cannot read: a list of those to deny would let it pass.
    if (family === 0) return false;
    return this.#deny?.has(bare, family) !== true && this.#allow?.has(bare, family) !== false;
  }
}

const withoutZone = (address: string): string => address.split('%', 1)[0]!;

/** Networks, the families apart: one `BlockList` of both takes an IPv4 address for the IPv6 one that maps it. */
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

/** Undefined where nothing is listed, since an empty list of those to serve means everybody. */
const networksOf = (texts: readonly string[]): Networks | undefined => {
  if (texts.length === 0) return undefined;
  const networks = new Networks();
  for (const text of texts) {
    const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
    const bare = canonicalHost(address);
    const bits = isIPv4(bare) ? 32 : 128;
    // The length of a mapped network counts the 96 bits before the IPv4 address.
    const mappedBits = isIPv4(bare) && !isIPv4(address) ? 96 : 0;
    const prefix = length === undefined ? bits : Number(length) - mappedBits;
    // A zone is no part of a network.
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
