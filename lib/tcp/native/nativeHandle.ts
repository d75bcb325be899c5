import type { Socket } from 'node:net';

/** The undocumented handle through which a socket calls the kernel. */
export interface TcpHandle {
  /** Sets the buffer for all later reads. */
  useUserBuffer(buffer: Uint8Array): void;
  /** The file descriptor. Negative once it is closed, and always on Windows. */
  readonly fd: number;
  /**
   * Writes the peer's `address` and `port` into `name`. Returns a negative number if the peer has left. Only TCP has
   * it.
   */
  getpeername?(name: object): number;
  /** Bytes that were written and that the kernel has not taken. */
  readonly writeQueueSize: number;
}

/**
 * Handles without encryption. A TLS handle has the descriptor of the socket below, where bytes would be written
 * unencrypted.
 */
const PLAIN: readonly string[] = ['TCP', 'Pipe'];

/** Returns the handle of an open socket without TLS; `undefined` on other runtimes (Bun). */
export const nativeHandle = (socket: Socket): TcpHandle | undefined => {
  const { _handle: handle } = socket as unknown as { readonly _handle?: Partial<TcpHandle> | null };
  return handle?.useUserBuffer && PLAIN.includes(handle.constructor.name) ? (handle as TcpHandle) : undefined;
};
