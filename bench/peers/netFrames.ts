/** A server of frames of 64 bytes written by hand: it answers each by itself, and what one chunk brought leaves together. */
import { createServer, type AddressInfo } from 'node:net';
import { announce } from './announce';

const FRAME_BYTES = 64;

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    socket.cork();
    for (; start + FRAME_BYTES <= bytes.byteLength; start += FRAME_BYTES) {
      socket.write(bytes.subarray(start, start + FRAME_BYTES));
    }
    socket.uncork();
    rest = bytes.subarray(start);
    if (socket.writableNeedDrain) socket.pause();
  });
  socket.on('drain', () => socket.resume());
  socket.on('end', () => socket.end());
});
server.listen(0, '127.0.0.1', () => announce((server.address() as AddressInfo).port));
