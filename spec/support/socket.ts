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

/** Reads until `length` bytes have come, and leaves the socket paused; rejects when it closes before that. */
export const read = (socket: Socket, length: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const onClose = (): void => reject(new Error(`The socket closed after ${bytes} of ${length} bytes`));
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes < length) return;
      socket.off('data', onData).off('close', onClose).pause();
      resolve(Buffer.concat(chunks));
    };
    socket.on('data', onData).on('close', onClose).resume();
  });
