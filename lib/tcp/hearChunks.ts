import { Socket } from 'node:net';

/** As much as Node itself asks the kernel for at once. */
const READ_BYTES = 64 * 1024;

/** One for all sockets: what was read is copied and told before the next read starts. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

/** Who is told of what a socket reads. */
export interface Hearer {
  onChunk(chunk: Buffer): void;
}

/** What Node does not document of a socket that a server has accepted: its handle, and the server that counts it. */
interface Accepted {
  _handle: object | null;
  _server: object | null;
}

/**
 * Tells `hearer` of every chunk that a connected socket reads; each is the hearer's own, and never written to again.
 *
 * Node allocates 64 KiB for each read, and cuts off what the kernel did not fill: at small messages that is a fifth of
 * an echo's time. With a read buffer supplied by the user (`onread`) a read costs one copy of what came. Documented for
 * sockets that connect, not for those that a server accepts: they get theirs by handing their handle to a new socket.
 * Where the handle is not the one of Node (Bun has another), the chunks come from `'data'` events.
 *
 * @param connected Paused, and not used any more afterwards.
 * @returns The socket to use instead: paused, half-open, and told to read by `resume`.
 */
export const hearChunks = (connected: Socket, hearer: Hearer): Socket => {
  const accepted = connected as unknown as Accepted;
  const handle = accepted._handle;
  if (!accepted._server || handle?.constructor.name !== 'TCP') {
    return connected.on('data', (chunk) => hearer.onChunk(chunk));
  }
  const callback = (length: number): boolean => {
    hearer.onChunk(copyOf(length));
    return true;
  };
  const options = { handle, allowHalfOpen: true, pauseOnCreate: true, onread: { buffer: readBuffer, callback } };
  const socket = new Socket(options);
  // The server counts the sockets it is owned by: without this it would count for ever, and never close.
  (socket as unknown as Accepted)._server = accepted._server;
  accepted._server = null;
  accepted._handle = null;
  return socket;
};

/** Small ones come out of Node's pool of 8 KiB: a chunk that somebody keeps holds on to no more than that. */
const copyOf = (length: number): Buffer => {
  const chunk = Buffer.allocUnsafe(length);
  readBuffer.copy(chunk, 0, 0, length);
  return chunk;
};
