import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { firstValueFrom, lastValueFrom, merge, mergeMap, of, take, toArray } from 'rxjs';
import { tcpClient } from '../../lib/tcp/tcpClient';
import { readAll } from '../support/socket';
import { collect } from '../support/collect';
import { rejectionOf } from '../support/rejectionOf';
import { freePort } from '../support/freePort';
import { pattern } from '../support/pattern';
import { thrownBy } from '../support/thrownBy';
import { written } from '../support/written';

const host = '127.0.0.1';
const MIB = 1024 * 1024;

/** Starts a plain Node server that accepts one connection. */
const peer = async (): Promise<{ port: number; accepted: Promise<Socket>; server: Server }> => {
  const server = createServer({ allowHalfOpen: true }).listen(0, host);
  const accepted = once(server, 'connection').then(([socket]) => (server.close(), socket as Socket));
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, accepted, server };
};

describe('tcpClient', () => {
  it('emits the connection and completes', async () => {
    const { port, accepted } = await peer();
    const connection = await lastValueFrom(tcpClient({ host, port }));
    const socket = await accepted;
    expect(connection).toMatchObject({ transport: 'tcp', id: 1, remote: { host, port }, local: { host } });
    expect(connection.local.port).toBe(socket.remotePort);
    connection.abort();
    socket.destroy();
  });

  it('sends, ends its side, and reads until the server ends', async () => {
    const { port, accepted } = await peer();
    void accepted.then((socket) => socket.pipe(socket));
    const answer = await lastValueFrom(
      tcpClient({ host, port }).pipe(
        mergeMap((echo) => merge(of(pattern(1_000_000)).pipe(echo.writes()), echo.bytes$)),
        toArray(),
      ),
    );
    expect(Buffer.concat(answer).equals(pattern(1_000_000))).toBe(true);
  });

  it('sends more than all buffers can hold while the echo is pulled', async () => {
    const { port, accepted } = await peer();
    void accepted.then((socket) => socket.pipe(socket));
    const connection = await firstValueFrom(tcpClient({ host, port }));
    const sent = written(connection, of(pattern(32 * MIB)));
    expect((await collect(connection.bytes)).equals(pattern(32 * MIB))).toBe(true);
    expect(await sent).toBe(32 * MIB);
  });

  it('emits what the server sent before the bytes were subscribed', async () => {
    const { port, accepted } = await peer();
    void accepted.then((socket) => socket.end('welcome'));
    const connection = await firstValueFrom(tcpClient({ host, port }));
    await once(await accepted, 'finish');
    expect(Buffer.concat(await firstValueFrom(connection.bytes$.pipe(toArray()))).toString()).toBe('welcome');
    connection.abort();
    (await accepted).destroy();
  });

  it('keeps an emitted connection open when it is unsubscribed', async () => {
    const { port, accepted } = await peer();
    const connection = await firstValueFrom(tcpClient({ host, port }).pipe(take(1)));
    const sent = written(connection, of(Buffer.from('hello')));
    expect((await readAll(await accepted)).toString()).toBe('hello');
    expect(await sent).toBe(5);
  });

  it('cancels the attempt when it is unsubscribed before it is connected', async () => {
    const { port, accepted, server } = await peer();
    void accepted;
    let emitted = false;
    tcpClient({ host, port })
      .subscribe(() => (emitted = true))
      .unsubscribe();
    await once(server.close(), 'close');
    expect(emitted).toBe(false);
  });

  it('errors with ERR_ECHO_CONNECTION and the error of the system when the port is closed', async () => {
    const port = await freePort();
    expect(await rejectionOf(tcpClient({ host, port }))).toMatchObject({
      code: 'ERR_ECHO_CONNECTION',
      message: expect.stringContaining(`Cannot connect to ${host}:${port}: `) as string,
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it.each([
    ['port', 65_536],
    ['port', NaN],
    ['lingerMs', -1],
  ])('throws ERR_ECHO_OPTION for the %s %d', (name, value) => {
    expect(thrownBy(() => tcpClient({ host, port: 7, [name]: value }))).toMatchObject({
      code: 'ERR_ECHO_OPTION',
      message: expect.stringContaining(`\`${name}\``) as string,
    });
  });
});
