import { ipv4Number } from './ipv4Number';

/**
 * Returns an address and a port as the key of a `Map`: a number for IPv4, which hashes three times faster than text; a
 * text for IPv6.
 *
 * @param ipv4 The address as a number, if it is known; -1 for IPv6.
 */
export const sourceKey = (address: string, port: number, ipv4 = ipv4Number(address)): number | string =>
  ipv4 === -1 ? `${address} ${port}` : ipv4 * 65536 + port;
