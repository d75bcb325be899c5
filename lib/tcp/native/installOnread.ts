import { Socket } from 'node:net';
import { readBuffer } from '../../streams/retain';
import { nativeHandle } from './nativeHandle';

/** Called with what a socket reads. */
export interface ChunkListener {
  /** @param chunk Lent, until this returns; see `retain`. */
  onChunk(chunk: Buffer): void;
}

/** A socket as its option `onread` would have set it up: where to read to, and whom to tell. */
type Reading = Record<symbol, unknown>;

const symbolOf = (name: string): symbol | undefined =>
  Object.getOwnPropertySymbols(new Socket()).find(({ description }) => description === name);

const kBuffer = symbolOf('kBuffer');
const kBufferCb = symbolOf('kBufferCb');

/**
 * Calls `listener` with every chunk that a connected socket reads, from when it is resumed.
 *
 * Node allocates 64 KiB for each read, and cuts off what the kernel did not fill: at small messages that is a fifth of
 * an echo's time. With a read buffer supplied by the user (`onread`) a read costs nothing but what is done with it. Node
 * takes that option where a socket is made, and a server makes its sockets itself, so it is set here as Node's
 * constructor would; a second socket over the same handle needs as much of what is undocumented, and costs a tenth of a
 * short connection. Where a runtime has no such symbols (Bun), the chunks come from `'data'` events.
 *
 * @param socket Paused.
 */
export const installOnread = (socket: Socket, listener: ChunkListener): void => {
  const handle = nativeHandle(socket);
  // What a socket that was read before has in its own buffer comes by 'data' only.
  if (!kBuffer || !kBufferCb || !handle || socket.readableLength > 0) {
    socket.on('data', (chunk) => listener.onChunk(chunk));
    return;
  }
  const reading = socket as unknown as Reading;
  reading[kBuffer] = readBuffer;
  reading[kBufferCb] = (length: number): boolean => {
    listener.onChunk(viewOf(length));
    return true;
  };
  handle.useUserBuffer(readBuffer);
};

let views = readBuffer;

/** What was read. A view is an object: one does for all reads of the same length in a row. */
const viewOf = (length: number): Buffer => {
  if (views.byteLength !== length) views = readBuffer.subarray(0, length);
  return views;
};
