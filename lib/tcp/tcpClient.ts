import { connect } from 'node:net';
import { Observable } from 'rxjs';
import { assertKeys } from '../assertKeys';
import { formatEndpoint, type Endpoint } from '../endpoint';
import { EchoError } from '../errors';
import { connectionKeys, defaults, assertInRange, assertPort, type ConnectionOptions } from '../options';
import type { Connection } from '../peer';
import { tcpConnection } from './tcpConnection';

/**
 * Connects when subscribed, emits the connection and completes; for clients, relays and load generators built from the
 * same pieces as the server. Unsubscribed before it is connected, it gives up; the connection, once emitted, belongs
 * to whoever got it.
 *
 * Whoever sends much and reads what comes back should pull `bytes`. `bytes$` is read only while what is to be sent does
 * not pile up, which is right for an echo; a client would wait for a server that waits for it.
 *
 * Errors with `ERR_ECHO_CONNECTION` when the server cannot be reached; the system's error is the `cause`.
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
      // Nothing has been read yet: the paused socket waits for whoever subscribes to its bytes.
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
