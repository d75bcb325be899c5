import type { Socket } from 'node:net';
import { assertKeys } from '../assertKeys';
import { EchoError } from '../errors';
import { connectionKeys, defaults, assertInRange, type ConnectionOptions } from '../options';
import type { Connection } from '../peer';
import { tcpConnection } from './tcpConnection';

/**
 * Creates a connection from a connected socket of `node:net` or `node:tls`.
 *
 * A socket of `node:net` may use TCP or a Unix socket. The connection owns the socket from then on. It pauses the
 * socket, keeps it half-open, and delivers what the socket reads only through `bytes$` or `bytes`.
 *
 * Only TCP can be reset: `abort` destroys any other socket, and its peer sees an end. If the socket has no addresses,
 * `remote` has the host `unknown`, `local` has an empty host, and both have the port 0.
 *
 * @param socket A connected socket.
 * @throws `ERR_ECHO_OPTION` for a socket that is not connected, or an option out of its range.
 * @example
 * import { connect, createServer } from 'node:net';
 * import { join } from 'node:path';
 * const path = join(process.env.TMPDIR ?? '/tmp', `ccecho-${process.pid}.sock`);
 * const server = createServer((socket) => {
 *   const connection = connectionOf(socket);
 *   connection.bytes$.pipe(connection.writes()).subscribe();
 * });
 * server.listen(path, () => {
 *   const client = connect(path).on('data', (data) => assert.equal(data.toString(), 'hello'));
 *   client.end('hello').on('close', () => server.close());
 * });
 */
export const connectionOf = (socket: Socket, options: ConnectionOptions = {}): Connection => {
  assertKeys('connectionOf', options, connectionKeys);
  assertInRange('lingerMs', options.lingerMs ?? defaults.lingerMs, 0);
  if (socket.connecting || socket.destroyed) {
    throw new EchoError('ERR_ECHO_OPTION', 'Expected `socket` to be connected: wait for its `connect` event');
  }
  socket.allowHalfOpen = true;
  return tcpConnection(socket.pause(), 1, options);
};
