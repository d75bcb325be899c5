/** The shortest echo there is on Node: `socket.pipe(socket)`. */
import { createServer, type AddressInfo } from 'node:net';
import { announce } from './announce';

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
});
server.listen(0, '127.0.0.1', () => announce((server.address() as AddressInfo).port));
