/** The same server of frames, pulled: written by hand with an async generator. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { announce } from './announce';

const FRAME_BYTES = 64;

const framesOf = async function* (socket: Socket): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    const bytes = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (; start + FRAME_BYTES <= bytes.byteLength; start += FRAME_BYTES) {
      yield bytes.subarray(start, start + FRAME_BYTES);
    }
    rest = bytes.subarray(start);
  }
};

const answer = async (socket: Socket): Promise<void> => {
  for await (const frame of framesOf(socket)) if (!socket.write(frame)) await once(socket, 'drain');
  socket.end();
};

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  answer(socket).catch(() => socket.destroy());
});
server.listen(0, '127.0.0.1', () => announce((server.address() as AddressInfo).port));
