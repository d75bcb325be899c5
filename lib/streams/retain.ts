/** As much as Node itself reads at once. */
const READ_BYTES = 64 * 1024;

/** The maximum that is joined for one write. */
export const JOINED_BYTES = 64 * 1024;

const views = Buffer.allocUnsafeSlow(READ_BYTES + JOINED_BYTES);

/** The buffer into which all sockets are read. It stays in the CPU cache, and the next read overwrites it (017). */
export const readBuffer = views.subarray(0, READ_BYTES);

/** The buffer in which chunks are joined for one write, which is overwritten too. */
export const joinBuffer = views.subarray(READ_BYTES);

/**
 * Returns a chunk that can be kept: itself, or a copy if it is a view of the read buffer.
 *
 * Code that keeps a chunk beyond `next` calls this first. Small copies come from Node's pool of 8 KiB.
 */
export function retain(chunk: Buffer): Buffer;
export function retain(chunk: Uint8Array): Uint8Array;
export function retain(chunk: Uint8Array): Uint8Array {
  return chunk.buffer === views.buffer ? Buffer.from(chunk) : chunk;
}
