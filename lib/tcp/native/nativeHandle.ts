import type { Socket } from 'node:net';

/** What Node does not document of a socket: the handle that it asks the kernel with. */
export interface TcpHandle {
  /** Where to read to from now on. */
  useUserBuffer(buffer: Uint8Array): void;
  /** The file descriptor; negative once it is closed, and on Windows. */
  readonly fd: number;
  /** Writes the other end's `address` and `port` into `name`; negative where there is none any more. Only of TCP. */
  getpeername?(name: object): number;
  /** Bytes that were written, and that the kernel has not taken. */
  readonly writeQueueSize: number;
}

/** Of TLS the descriptor is that of the socket below: what is written there is not encrypted. */
const PLAIN: readonly string[] = ['TCP', 'Pipe'];

/** The handle of a plain socket, where it is Node's own (Bun has another) and the socket is not closed. */
export const nativeHandle = (socket: Socket): TcpHandle | undefined => {
  const { _handle: handle } = socket as unknown as { readonly _handle?: Partial<TcpHandle> | null };
  return handle?.useUserBuffer && PLAIN.includes(handle.constructor.name) ? (handle as TcpHandle) : undefined;
};
