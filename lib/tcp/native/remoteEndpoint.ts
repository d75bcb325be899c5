import type { Socket } from 'node:net';
import { stripV4Mapped, type Endpoint } from '../../endpoint';
import { nativeHandle } from './nativeHandle';

/** Shared by all calls, each of which reads it at once. */
const name = { address: '', family: '', port: 0 };

/**
 * Returns the remote endpoint of a connected socket.
 *
 * If the peer has already left, the host is `unknown` and the port 0. This asks the handle, because
 * `socket.remoteAddress` caches its value on the socket, which makes every access to the socket slower.
 */
export const remoteEndpoint = (socket: Socket): Endpoint => {
  const handle = nativeHandle(socket);
  const isKnown = handle?.getpeername !== undefined && handle.getpeername(name) >= 0;
  const { address, port } = isKnown ? name : { address: socket.remoteAddress, port: socket.remotePort };
  return { host: stripV4Mapped(address ?? 'unknown'), port: port ?? 0 };
};
