import { writeSync, writevSync } from 'node:fs';
import type { Socket } from 'node:net';
import { nativeHandle } from './nativeHandle';

/** More is never asked of the kernel at once: its buffers are smaller, and `writeSync` refuses 2 GiB. */
const MAX_BYTES = 4 * 1024 * 1024;

/** What is no fault of the connection: no room in the kernel, or no file descriptor that `node:fs` may write to. */
const RETRYABLE: readonly (string | undefined)[] = ['EAGAIN', 'EWOULDBLOCK', 'ENOBUFS', 'EBADF'];

/**
 * Writes as much of `chunk` as the kernel takes at once, and returns how many bytes that were. The rest is for
 * `socket.write`, which queues it; 0 where something is queued already, and where there is no handle to ask (Bun).
 *
 * `socket.write` says in a later tick what the kernel took at once, and makes three objects for that: a twelfth of the
 * echo of a small message. And only a sink that knows it at once can write a lent chunk (see `retain`).
 *
 * An error of the connection destroys the socket, as when `socket.write` meets it: the system says it once only.
 */
export const tryWrite = (socket: Socket, chunk: Uint8Array): number =>
  tried(socket, (fd) => writeSync(fd, chunk, 0, Math.min(chunk.byteLength, MAX_BYTES)));

/** As `tryWrite`, for several chunks at once. */
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
