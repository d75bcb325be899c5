import { BlockList, isIP } from 'node:net';
import { unmapped } from '../endpoint';
import { EchoError } from '../errors';

/** Whom to serve: networks (`192.0.2.0/24`, `2001:db8::/32`) and single addresses. */
export interface AccessLists {
  /** Only these are served. Default: everybody. */
  readonly allow?: readonly string[];
  /** These are not, even where `allow` names them. Default: nobody. */
  readonly deny?: readonly string[];
}

/**
 * Who may be served, by address, over TCP and UDP alike. As with a list of exceptions to a list, `deny` wins: to shut
 * one host out of a network takes one line, and its order among the others means nothing. What is no address (a peer
 * that was gone before it was asked for its name) is denied while there is a list.
 *
 * @throws `ERR_ECHO_OPTION` for what is neither a network nor an address.
 */
export class AccessList {
  #allow: BlockList | undefined;
  #deny: BlockList | undefined;

  constructor(lists: AccessLists) {
    this.replace(lists);
  }

  /** Takes other lists from the next connection and the next datagram on; who is being served is left alone. */
  replace({ allow = [], deny = [] }: AccessLists): void {
    // Both are read before either is taken: lists with a mistake leave what is.
    const [allowed, denied] = [blockList(allow), blockList(deny)];
    this.#allow = allowed;
    this.#deny = denied;
  }

  /** Whether everybody is served: nothing is listed. */
  get isOpen(): boolean {
    return !this.#allow && !this.#deny;
  }

  admits(address: string): boolean {
    if (this.isOpen) return true;
    const bare = withoutZone(unmapped(address));
    const family = isIP(bare);
    // `check` is false for what it cannot read: a list of those to deny would let it pass.
    if (family === 0) return false;
    const kind = family === 4 ? 'ipv4' : 'ipv6';
    return this.#deny?.check(bare, kind) !== true && this.#allow?.check(bare, kind) !== false;
  }
}

const withoutZone = (address: string): string => address.split('%', 1)[0]!;

/** Undefined where nothing is listed, since an empty list of those to serve means everybody. */
const blockList = (networks: readonly string[]): BlockList | undefined => {
  if (networks.length === 0) return undefined;
  const list = new BlockList();
  for (const network of networks) {
    const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(network.trim()) ?? [];
    const bare = unmapped(address);
    const family = isIP(bare);
    const bits = family === 4 ? 32 : 128;
    const prefix = length === undefined ? bits : Number(length);
    // A mapped network's length counts from another end, and a zone is no part of a network.
    if (family === 0 || prefix > bits || bare.includes('%') || (bare !== address && length !== undefined)) {
      throw new EchoError(
        'ERR_ECHO_OPTION',
        `"${network}" is no network: write for example 192.0.2.0/24, 2001:db8::/32 or 192.0.2.1`,
      );
    }
    list.addSubnet(bare, prefix, family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
};
