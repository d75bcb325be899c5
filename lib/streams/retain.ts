/** As much as Node itself asks the kernel for at once. */
const READ_BYTES = 64 * 1024;

/** What is written as one: more than that is not joined. */
export const JOINED_BYTES = 64 * 1024;

const views = Buffer.allocUnsafeSlow(READ_BYTES + JOINED_BYTES);

/**
 * What all sockets are read into: one buffer, which stays in the cache. A chunk of it is lent: it is overwritten as soon as
 * `next` has returned.
 */
export const readBuffer = views.subarray(0, READ_BYTES);

/** Where what is written together is joined; lent, too. */
export const joinBuffer = views.subarray(READ_BYTES);

/**
 * Returns a chunk that may be kept: itself, or a copy of one that is lent. Code that keeps a chunk calls this first.
 *
 * Small copies come out of Node's pool of 8 KiB: one that is kept holds on to no more than that.
 */
export function retain(chunk: Buffer): Buffer;
export function retain(chunk: Uint8Array): Uint8Array;
export function retain(chunk: Uint8Array): Uint8Array {
  return chunk.buffer === views.buffer ? Buffer.from(chunk) : chunk;
}
