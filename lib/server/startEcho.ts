import { assertKeys, type Keys } from '../assertKeys';
import { echoServer } from './echoServer';
import { echoKeys, type EchoServerOptions } from './serverOptions';
import { start, startKeys, type StartedServer, type StartOptions } from './start';

export interface StartEchoOptions
  extends StartOptions, Omit<EchoServerOptions, keyof StartOptions | 'hosts' | 'requests$' | 'faults'> {}

const startEchoKeys: Keys<StartEchoOptions> = { ...startKeys, ...echoKeys };

/** A running echo server. */
export type Echo = StartedServer;

/**
 * Starts an echo server for a test: TCP on a free port of 127.0.0.1, without output or signal handlers. Resolves when
 * every socket is bound.
 *
 * Rejects with `ERR_ECHO_LISTEN` when an address cannot be bound, with `ERR_ECHO_OPTION` for an invalid option, and
 * with `ERR_ECHO_STOPPED` when `signal` came first.
 *
 * @example
 * const shout: Stage = () => map((bytes) => Buffer.from(bytes.toString().toUpperCase()));
 * const echo = await startEcho({ stages: [shout] });
 * const client = await firstValueFrom(tcpClient({ host: '127.0.0.1', port: echo.port }));
 * of(Buffer.from('hello')).pipe(client.writes()).subscribe();
 * for await (const bytes of client.bytes) assert.equal(bytes.toString(), 'HELLO');
 * await echo.stop();
 *
 */
export const startEcho = async (options: StartEchoOptions = {}): Promise<Echo> => {
  assertKeys('startEcho', options, startEchoKeys);
  return start(echoServer, options);
};
