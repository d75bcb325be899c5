import { writeSync, writevSync } from 'node:fs';
import type { Socket } from 'node:net';
import { nativeHandle } from './nativeHandle';

/** Limits the write of one chunk, in bytes. Kernel buffers are smaller, and `writeSync` rejects 2 GiB. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Errors that do not come from the connection: the kernel has no room, or `node:fs` may not write to the descriptor.
 */
const RETRYABLE: readonly (string | undefined)[] = ['EAGAIN', 'EWOULDBLOCK', 'ENOBUFS', 'EBADF'];

/**
 * Writes what the kernel takes at once, and returns its length.
 *
 * The caller passes the rest to `socket.write`, which queues it. Returns 0 if the socket already has queued bytes, and
 * if there is no native handle (Bun).
 *
 * `socket.write` reports only in a later tick what the kernel took at once, and allocates three objects for that. Only
 * a sink that knows the length at once can write from a shared buffer without a copy (see `retain`).
 *
 * An error of the connection destroys the socket, as in `socket.write`, because the system reports it only once.
 */
export const tryWrite = (socket: Socket, chunk: Uint8Array): number =>
  tried(socket, (fd) => writeSync(fd, chunk, 0, Math.min(chunk.byteLength, MAX_BYTES)));

/** Writes several chunks at once; see `tryWrite`. */
export const tryWritev = (socket: Socket, chunks: readonly Uint8Array[]): number =>
  tried(socket, (fd) => writevSync(fd, chunks));

const tried = (socket: Socket, write: (fd: number) => number): number => {
  const { fd = -1 } = nativeHandle(socket) ?? {};
  if (fd < 0 || socket.writableLength > 0) return 0;
  try {
    return write(fd);
  } catch (error) {
    if (!RETRYABLE.includes((error as NodeJS.ErrnoException).code)) socket.destroy(error as Error);
    return 0;
  }
};
