import type { Socket } from 'node:net';
import { stripV4Mapped, type Endpoint } from '../../endpoint';
import { nativeHandle } from './nativeHandle';

/** One for all: what is written into it is read at once. */
const name = { address: '', family: '', port: 0 };

/**
 * The other end of a connected socket; `unknown` and 0 where the peer is gone already.
 *
 * The handle is asked, since `socket.remoteAddress` keeps what it was told on the socket, which makes every access to it
 * slower: a twentieth of a short connection.
 */
export const remoteEndpoint = (socket: Socket): Endpoint => {
  const handle = nativeHandle(socket);
  const isKnown = handle?.getpeername !== undefined && handle.getpeername(name) >= 0;
  const { address, port } = isKnown ? name : { address: socket.remoteAddress, port: socket.remotePort };
  return { host: stripV4Mapped(address ?? 'unknown'), port: port ?? 0 };
};
