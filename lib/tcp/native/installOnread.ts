import { Socket } from 'node:net';
import { readBuffer } from '../../streams/retain';
import { nativeHandle } from './nativeHandle';

/** Called with each chunk that a socket reads. */
export interface ChunkListener {
  /** @param chunk May be overwritten once this returns; see `retain`. */
  onChunk(chunk: Buffer): void;
}

/** A socket with the internal fields that its option `onread` sets: the buffer and the callback. */
type Reading = Record<symbol, unknown>;

const symbolOf = (name: string): symbol | undefined =>
  Object.getOwnPropertySymbols(new Socket()).find(({ description }) => description === name);

const kBuffer = symbolOf('kBuffer');
const kBufferCb = symbolOf('kBufferCb');

/**
 * Calls `listener` with every chunk that a socket reads.
 *
 * Node allocates 64 KiB for each read, which costs a fifth of an echo's time for small messages. With a read buffer
 * supplied by the user (`onread`), Node allocates nothing.
 *
 * Node takes that option only in the constructor of a socket, and a server constructs its sockets itself. So this sets
 * the same internal fields as Node's constructor. A second socket over the same handle would need as much undocumented
 * API, and costs more. On a runtime without these fields (Bun), the chunks come from `'data'` events.
 *
 * @param socket Connected and paused. Reading starts when it is resumed.
 */
export const installOnread = (socket: Socket, listener: ChunkListener): void => {
  const handle = nativeHandle(socket);
  // A socket emits what is already in its own buffer only as 'data'.
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

/** Returns a view of the bytes read. Reads of one length in a row share a view, to save an object for each. */
const viewOf = (length: number): Buffer => {
  if (views.byteLength !== length) views = readBuffer.subarray(0, length);
  return views;
};
