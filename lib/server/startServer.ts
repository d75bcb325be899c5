import { assertKeys } from '../assertKeys';
import { handlePipelines, type Handler } from './run/handlePipelines';
import { runServer } from './run/runServer';
import { start, startKeys, type StartedServer, type StartOptions } from './start';

/**
 * Starts a server of your own for a test, as `startEcho` starts an echo.
 *
 * Rejects as `startEcho` does.
 *
 * @param handle Called for each connection and each UDP flow; see `serve`.
 * @example
 * const discard: Handler = ({ bytes$ }) => bytes$.pipe(ignoreElements());
 * const server = await startServer(discard, { port: 0 });
 * const client = await firstValueFrom(tcpClient({ host: '127.0.0.1', port: server.port }));
 * of(Buffer.from('hello')).pipe(client.writes()).subscribe();
 * for await (const bytes of client.bytes) assert.fail(`${bytes.length} bytes came back`);
 * await server.stop();
 *
 */
export const startServer = async (handle: Handler, options: StartOptions = {}): Promise<StartedServer> => {
  assertKeys('startServer', options, startKeys);
  return start((serverOptions) => runServer(serverOptions, handlePipelines(handle)), options);
};
