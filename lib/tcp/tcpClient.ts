import { connect } from 'node:net';
import { Observable } from 'rxjs';
import { assertKeys } from '../assertKeys';
import { formatEndpoint, type Endpoint } from '../endpoint';
import { EchoError } from '../errors';
import { connectionKeys, defaults, assertInRange, assertPort, type ConnectionOptions } from '../options';
import type { Connection } from '../peer';
import { tcpConnection } from './tcpConnection';

/**
 * Connects when subscribed, emits the connection, and completes.
 *
 * For clients, relays and load generators, which use the same building blocks as the server. Unsubscribing before the
 * connection is emitted cancels the attempt. Once emitted, the connection belongs to the subscriber.
 *
 * A client that sends much and reads the reply should pull `bytes`. `bytes$` is not read while too many bytes wait to
 * be sent. This suits an echo, but a client would wait for a server that waits for the client.
 *
 * Errors with `ERR_ECHO_CONNECTION` if the server cannot be reached; the system's error is the `cause`.
 *
 * @throws `ERR_ECHO_OPTION` for an option out of its range.
 * @example
 * const echo = await firstValueFrom(tcpClient({ host: '127.0.0.1', port: 7007 }));
 * of(Buffer.from('hello')).pipe(echo.writes()).subscribe();
 * for await (const bytes of echo.bytes) assert.equal(bytes.toString(), 'hello');
 */
export const tcpClient = ({ host, port, ...options }: Endpoint & ConnectionOptions): Observable<Connection> => {
  assertKeys('tcpClient', options, connectionKeys);
  assertPort(port);
  assertInRange('lingerMs', options.lingerMs ?? defaults.lingerMs, 0);
  return new Observable((subscriber) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const fail = (cause: Error): void => {
      const message = `Cannot connect to ${formatEndpoint({ host, port })}: ${cause.message}`;
      subscriber.error(new EchoError('ERR_ECHO_CONNECTION', message, { cause, remote: { host, port } }));
    };
    socket.once('error', fail).once('connect', () => {
      // Nothing has been read yet. The socket stays paused until a reader subscribes.
      const connection = tcpConnection(socket.pause(), 1, { ...options, leavesIdleReader: false });
      socket.off('error', fail);
      subscriber.next(connection);
      subscriber.complete();
    });
    return () => {
      if (socket.connecting) socket.destroy();
    };
  });
};
