/** The echo written by hand: `'data'`, `write`, and pausing while the kernel takes no more. */
import { createServer, type AddressInfo } from 'node:net';
import { announce } from './announce';

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => socket.write(chunk) || socket.pause());
  socket.on('drain', () => socket.resume());
  socket.on('end', () => socket.end());
});
server.listen(0, '127.0.0.1', () => announce((server.address() as AddressInfo).port));
