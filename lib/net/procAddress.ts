import { endianness } from 'node:os';
import type { Endpoint } from '../endpoint';

/**
 * Formats an endpoint as the tables of `/proc/net` do: words of 32 bits as numbers of the machine, `0100007F:1F90` for
 * 127.0.0.1:8080. They show no zone.
 */
export const procAddress = ({ host, port }: Endpoint): string =>
  `${wordsOf(bytesOf(host))}:${port.toString(16).toUpperCase().padStart(4, '0')}`;

const wordsOf = (bytes: Buffer): string =>
  Array.from({ length: bytes.byteLength / 4 }, (_, index) => {
    const word = endianness() === 'LE' ? bytes.readUInt32LE(index * 4) : bytes.readUInt32BE(index * 4);
    return word.toString(16).toUpperCase().padStart(8, '0');
  }).join('');

const bytesOf = (host: string): Buffer => {
  if (!host.includes(':')) return Buffer.from(host.split('.').map(Number));
  const [head = '', tail] = host.split('%', 1)[0]!.split('::', 2);
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => 0);
  return Buffer.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]));
};

const groupsOf = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));

/** The prefix of an IPv4 address in the IPv6 tables, ::ffff:0:0/96. */
export const MAPPED_PREFIX = endianness() === 'LE' ? '0000000000000000FFFF0000' : '00000000000000000000FFFF';
