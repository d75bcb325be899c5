import { readFileSync } from 'node:fs';

/** Where the system does not say: Linux's largest default. */
const UNKNOWN_BYTES = 32 * 1024 * 1024;

let knownBytes: number | undefined;

/** The most bytes that the kernel may hold unread for one TCP connection: `tcp_rmem[2]`, 32 MiB where /proc has none. */
export const receiveBufferBytes = (): number => (knownBytes ??= readLimit());

function readLimit(): number {
  try {
    const [, , most] = readFileSync('/proc/sys/net/ipv4/tcp_rmem', 'utf8').trim().split(/\s+/).map(Number);
    return most || UNKNOWN_BYTES;
  } catch {
    return UNKNOWN_BYTES;
  }
}
