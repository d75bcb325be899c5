import { once } from 'node:events';
import { join } from 'node:path';
import { ccecho, type RunningServer } from './process';
import { client, read, readAll } from './socket';

/** An example of a server, run by the command: `ccecho --use`. */
export const exampleServer = (
  name: string,
  words: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): RunningServer =>
  ccecho(['--host', '127.0.0.1', '--use', join(__dirname, '../../dist/examples/servers', `${name}.js`), ...words], {
    env: { ...process.env, ...env },
  });

/** A question, and the whole answer to it. */
export interface Exchange {
  readonly question: string;
  readonly answer: RegExp;
}

/** Tests that a server answers in whatever order the two sides end, and serves on afterwards. */
export const itSurvivesCloseOrders = (
  start: () => RunningServer | Promise<RunningServer>,
  { question, answer }: Exchange,
): void => {
  const asked = async (server: RunningServer): Promise<string> => ask(await server.port(), question);

  it.each<[string, (server: RunningServer) => Promise<void>]>([
    [
      'resets after its question',
      async (server) => {
        const socket = await server.client();
        socket.write(question);
        socket.resetAndDestroy();
        await once(socket, 'close');
      },
    ],
    [
      'resets within its question',
      async (server) => {
        const socket = await server.client();
        await new Promise((resolve) => socket.write(question.slice(0, question.length / 2), resolve));
        socket.resetAndDestroy();
        await once(socket, 'close');
      },
    ],
    [
      'ends within its question',
      async (server) => {
        const socket = await server.client();
        socket.end(question.slice(0, question.length / 2));
        await readAll(socket).catch(() => undefined);
      },
    ],
    ['ends without a question', async (server) => void (await readAll((await server.client()).end()))],
  ])('goes on when a client %s', async (_, misbehave) => {
    await using server = await start();
    await misbehave(server);
    expect(await asked(server)).toMatch(answer);
    expect(await server.stop()).toBe(0);
  });

  it('answers a client that has ended its side', async () => {
    await using server = await start();
    expect(await asked(server)).toMatch(answer);
  });

  it('answers what came before the stop, and then ends', async () => {
    await using server = await start();
    const socket = await server.client();
    socket.write(question);
    const first = await read(socket, 1);
    const stopped = server.stop();
    const rest = await readAll(socket);
    socket.end();
    expect(String(Buffer.concat([first, rest]))).toMatch(answer);
    expect(await stopped).toBe(0);
  });
};

/** Asks one question of a new connection, and reads until the server ends. */
export const ask = async (port: number, question: string | Buffer): Promise<string> => {
  const socket = await client(port);
  socket.end(question);
  return (await readAll(socket)).toString('latin1');
};
