import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { defer } from 'rxjs';
import { listenError } from '../../net/listenError';
import { canonicalHost, covers } from '../../net/canonicalHost';
import { type Transport } from '../../endpoint';
import { EchoError } from '../../errors';

/**
 * Resolves hosts to addresses in canonical form, so that a name means the same address for TCP and UDP.
 *
 * Errors with `ERR_ECHO_LISTEN` for an unknown name, and with `ERR_ECHO_OPTION` for two hosts that need the same
 * socket: one address in two spellings, or one beside all addresses. The system's error would not name the two.
 */
export const resolveHosts = (hosts: readonly string[], port: number, transport: Transport) =>
  defer(async () => {
    const found = await Promise.all(hosts.map((host) => addressOf(host, port, transport)));
    const places = found.filter((place, index) => !found.slice(0, index).some((before) => isRepeated(before, place)));
    refuseOverlap(places);
    return places.map(({ address }) => address);
  });

/** A host as given, and its address. */
interface Place {
  readonly host: string;
  readonly address: string;
}

const addressOf = async (host: string, port: number, transport: Transport): Promise<Place> => {
  if (isIP(host) !== 0) return { host, address: canonicalHost(host) };
  // Node would listen on all addresses for an empty string.
  if (host === '') throw new EchoError('ERR_ECHO_OPTION', 'expected an address or a name, not an empty string');
  try {
    const { address } = await lookup(host);
    return { host, address };
  } catch (cause) {
    throw listenError(transport, { host, port }, cause as NodeJS.ErrnoException);
  }
};

/** The same word, or a name for the same address. */
const isRepeated = (before: Place, { host, address }: Place): boolean =>
  before.address === address && (before.host === host || isIP(before.host) === 0 || isIP(host) === 0);

const refuseOverlap = (places: readonly Place[]): void => {
  // Beside it, `::` serves only IPv6; see `listenerBinders`.
  const ipv6Only = places.some(({ address }) => address === '0.0.0.0');
  for (const [index, one] of places.entries()) {
    const other = places
      .slice(index + 1)
      .find(({ address }) => covers(one.address, address, ipv6Only) || covers(address, one.address, ipv6Only));
    if (!other) continue;
    const [wide, narrow] = covers(one.address, other.address, ipv6Only) ? [one, other] : [other, one];
    const reason =
      wide.address === narrow.address ? 'are the same address' : `overlap: ${wide.host} is ${narrow.host} too`;
    throw new EchoError(
      'ERR_ECHO_OPTION',
      `--host ${one.host} and --host ${other.host} ${reason}; leave one of them out`,
    );
  }
};
