import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

/** A connected client that keeps its side open when the server ends; close it with `destroy()`. */
export const client = async (port: number, host = '127.0.0.1'): Promise<Socket> => {
  const socket = connect({ port, host, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
};

/** Everything that comes until the server ends its side; rejects when the connection breaks. */
export const readAll = async (socket: Socket): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Reads until `length` bytes have come. */
export const read = async (socket: Socket, length: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  socket.resume();
  while (bytes < length) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    chunks.push(chunk);
    bytes += chunk.byteLength;
  }
  // A socket that flows with nobody listening loses what comes before the next read.
  socket.pause();
  return Buffer.concat(chunks);
};
