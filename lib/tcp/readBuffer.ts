/** As much as Node itself asks the kernel for at once. */
const READ_BYTES = 64 * 1024;

/**
 * What all sockets are read into: one buffer, since what was read is passed on before the next read starts. A chunk of it is
 * lent: it holds what it holds until whoever is given it returns.
 */
export const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * A chunk that may be kept: itself, or a copy of what is only lent. Small copies come out of Node's pool of 8 KiB: who
 * keeps one holds on to no more than that.
 */
export const owned = <T extends Uint8Array>(chunk: T): T | Buffer =>
  chunk.buffer === readBuffer.buffer ? Buffer.from(chunk) : chunk;
