import { readFileSync } from 'node:fs';

/** Used if the system does not report its limit: the largest default of Linux. */
const UNKNOWN_BYTES = 32 * 1024 * 1024;

let knownBytes: number | undefined;

/**
 * Returns the max bytes that the kernel may buffer for one connection.
 *
 * This is `tcp_rmem[2]`, or 32 MiB without /proc.
 */
export const receiveBufferBytes = (): number => (knownBytes ??= readLimit());

function readLimit(): number {
  try {
    const [, , maxBytes] = readFileSync('/proc/sys/net/ipv4/tcp_rmem', 'utf8').trim().split(/\s+/).map(Number);
    return maxBytes || UNKNOWN_BYTES;
  } catch {
    return UNKNOWN_BYTES;
  }
}
