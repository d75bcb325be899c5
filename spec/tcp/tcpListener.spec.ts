import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { firstValueFrom, lastValueFrom, mergeMap, take, toArray } from 'rxjs';
import type { TcpServerOptions } from '../../lib/options';
import { tcpClient } from '../../lib/tcp/tcpClient';
import { listenTcp, type TcpListener } from '../../lib/tcp/tcpListener';
import { client, readAll } from '../support/socket';
import { rejectionOf } from '../support/rejectionOf';
import { freePort } from '../support/freePort';
import { thrownBy } from '../support/thrownBy';
import { echoed$ } from '../support/written';

const host = '127.0.0.1';

const listening = (options: Partial<TcpServerOptions> = {}): Promise<TcpListener> =>
  firstValueFrom(listenTcp({ host, port: 0, ...options }));

const refused = { code: 'ERR_ECHO_CONNECTION', cause: { code: 'ECONNREFUSED' } };

describe('listenTcp', () => {
  it('emits the listener with the port chosen by the system, and completes', async () => {
    const listener = await lastValueFrom(listenTcp({ host, port: 0 }));
    expect(listener).toMatchObject({ transport: 'tcp', local: { host, port: expect.any(Number) as number } });
    const socket = await client(listener.local.port);
    socket.on('error', () => undefined);
    listener.close();
  });

  it('reports the IPv4 address of an IPv4 peer when no host is given', async () => {
    const listener = await firstValueFrom(listenTcp({ port: 0 }));
    expect(listener.local.host).toBe('');
    const accepted = firstValueFrom(listener.connections$);
    const socket = await client(listener.local.port);
    const connection = await accepted;
    expect(connection.remote).toEqual({ host, port: socket.localPort });
    connection.abort();
    socket.destroy();
  });

  it('buffers connections until connections$ is subscribed, and numbers them from 1', async () => {
    const listener = await listening();
    const sockets = [await client(listener.local.port), await client(listener.local.port)];
    const connections = await firstValueFrom(listener.connections$.pipe(take(2), toArray()));
    expect(connections.map(({ id, remote }) => [id, remote.port])).toEqual([
      [1, sockets[0]?.localPort],
      [2, sockets[1]?.localPort],
    ]);
    connections.forEach((connection) => connection.abort());
    sockets.forEach((socket) => socket.destroy());
  });

  it('closes the listener but no connection when connections$ is unsubscribed', async () => {
    const listener = await listening();
    const { port } = listener.local;
    const echoed = lastValueFrom(listener.connections$.pipe(take(1), mergeMap(echoed$)));
    const socket = await client(port);
    socket.write('before');
    await once(socket, 'data');
    expect(await rejectionOf(tcpClient({ host, port }))).toMatchObject(refused);
    socket.end('after');
    expect((await readAll(socket)).toString()).toBe('after');
    expect(await echoed).toBe(11);
  });

  it('resets connections that were not emitted when it is closed', async () => {
    const listener = await listening();
    const socket = await client(listener.local.port);
    listener.close();
    expect(((await once(socket, 'error')) as unknown[])[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  it('binds nothing when it is unsubscribed before it listens', async () => {
    const port = await freePort();
    listenTcp({ host, port }).subscribe().unsubscribe();
    expect(await rejectionOf(tcpClient({ host, port }))).toMatchObject(refused);
    const listener = await listening({ port });
    listener.close();
  });

  it('errors with ERR_ECHO_LISTEN and the error of the system when the port is taken', async () => {
    const other = createServer().listen(0, host);
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    expect(await rejectionOf(listenTcp({ host, port }))).toMatchObject({
      code: 'ERR_ECHO_LISTEN',
      message: `Cannot listen on TCP ${host}:${port}: the address is in use (EADDRINUSE)`,
      cause: { code: 'EADDRINUSE' },
    });
    other.close();
  });

  it('errors with ERR_ECHO_LISTEN when the address is not one of this machine', async () => {
    expect(await rejectionOf(listenTcp({ host: '192.0.2.1', port: 0 }))).toMatchObject({
      code: 'ERR_ECHO_LISTEN',
      cause: { code: 'EADDRNOTAVAIL' },
    });
  });

  it.each([
    ['port', -1],
    ['port', 65_536],
    ['port', 1.5],
    ['port', NaN],
    ['backlog', 0],
    ['backlog', NaN],
    ['lingerMs', -1],
    ['lingerMs', NaN],
  ])('throws ERR_ECHO_OPTION for the %s %d', (name, value) => {
    expect(thrownBy(() => listenTcp({ host, port: 0, [name]: value }))).toMatchObject({
      code: 'ERR_ECHO_OPTION',
      message: expect.stringContaining(`\`${name}\``) as string,
    });
  });
});
