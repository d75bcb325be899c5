import type { Socket } from 'node:net';
import { assertKeys } from '../assertKeys';
import { EchoError } from '../errors';
import { connectionKeys, defaults, assertInRange, type ConnectionOptions } from '../options';
import type { Connection } from '../peer';
import { tcpConnection } from './tcpConnection';

/**
 * Makes a connection of a socket that you have: of `node:net`, over TCP or a Unix socket, or of `node:tls`.
 *
 * The socket is the connection's from then on: it is paused, stays half-open, and what it reads comes from `bytes$` or `bytes`
 * alone. Only TCP can be reset: `abort` destroys any other, and its peer sees an end. Where there is no address, `remote` and
 * `local` have none: host `unknown`, or an empty one, and port 0.
 *
 * @param socket Connected.
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
