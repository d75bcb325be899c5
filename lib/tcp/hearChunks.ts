import { Socket } from 'node:net';

/** As much as Node itself asks the kernel for at once. */
const READ_BYTES = 64 * 1024;

/** One for all sockets: what was read is copied and told before the next read starts. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

/** Who is told of what a socket reads. */
export interface Hearer {
  onChunk(chunk: Buffer): void;
}

/** A socket as its option `onread` would have set it up: where to read to, and whom to tell. */
interface Reading {
  [key: symbol]: unknown;
  readonly _handle?: { useUserBuffer?(buffer: Uint8Array): void } | null;
}

const symbolOf = (name: string): symbol | undefined =>
  Object.getOwnPropertySymbols(new Socket()).find(({ description }) => description === name);

const kBuffer = symbolOf('kBuffer');
const kBufferCb = symbolOf('kBufferCb');

/**
 * Tells `hearer` of every chunk that a connected socket reads, from when it is resumed; each chunk is the hearer's own,
 * and never written to again.
 *
 * Node allocates 64 KiB for each read, and cuts off what the kernel did not fill: at small messages that is a fifth of
 * an echo's time. With a read buffer supplied by the user (`onread`) a read costs one copy of what came. Node takes that
 * option where a socket is made, and a server makes its sockets itself, so it is set here as Node's constructor would;
 * a second socket over the same handle needs as much of what is undocumented, and costs a tenth of a short connection.
 * Where a runtime has no such symbols (Bun), the chunks come from `'data'` events.
 *
 * @param socket Paused.
 */
export const hearChunks = (socket: Socket, hearer: Hearer): void => {
  const reading = socket as unknown as Reading;
  if (!kBuffer || !kBufferCb || !reading._handle?.useUserBuffer) {
    socket.on('data', (chunk) => hearer.onChunk(chunk));
    return;
  }
  reading[kBuffer] = readBuffer;
  reading[kBufferCb] = (length: number): boolean => {
    hearer.onChunk(copyOf(length));
    return true;
  };
  reading._handle.useUserBuffer(readBuffer);
};

/** Small ones come out of Node's pool of 8 KiB: a chunk that somebody keeps holds on to no more than that. */
const copyOf = (length: number): Buffer => {
  const chunk = Buffer.allocUnsafe(length);
  readBuffer.copy(chunk, 0, 0, length);
  return chunk;
};
