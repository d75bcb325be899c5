import { once } from 'node:events';
import { defer, firstValueFrom, lastValueFrom, map, mergeMap, Subject, take, tap } from 'rxjs';
import type { Connection } from '../../lib/peer';
import { lifecycle } from '../../lib/server/lifecycle';
import { tcpClient } from '../../lib/tcp/tcpClient';
import { listenTcp } from '../../lib/tcp/tcpListener';
import { tcpServer } from '../../lib/tcp/tcpServer';
import { client, read, readAll } from '../support/socket';
import { rejectionOf } from '../support/rejectionOf';
import { freePort } from '../support/freePort';
import { echoed$ } from '../support/written';
import { pattern } from '../support/pattern';
import { thrownBy } from '../support/thrownBy';

const host = '127.0.0.1';
const refused = { code: 'ERR_ECHO_CONNECTION', cause: { code: 'ECONNREFUSED' } };

const echo = mergeMap((connection: Connection) => connection.bytes$.pipe(connection.writes()));

describe('tcpServer', () => {
  it('returns the bytes a peer sent before half-closing', async () => {
    const port = await freePort();
    const server = tcpServer({ host, port }).pipe(echo).subscribe();
    const socket = await client(port);
    socket.end(pattern(100_000));
    expect((await readAll(socket)).equals(pattern(100_000))).toBe(true);
    server.unsubscribe();
  });

  it('keeps serving other peers after one peer resets, if lifecycle is used', async () => {
    const port = await freePort();
    const ended: unknown[] = [];
    const server = tcpServer({ host, port })
      .pipe(
        mergeMap((connection) => defer(() => connection.bytes$.pipe(connection.writes())).pipe(lifecycle(connection))),
      )
      .subscribe({ error: (error: unknown) => ended.push(error) });
    const [bad, good] = [await client(port), await client(port)];
    bad.write('hello');
    await read(bad, 5);
    bad.resetAndDestroy();
    await once(bad, 'close');
    good.end(pattern(100_000));
    expect((await readAll(good)).equals(pattern(100_000))).toBe(true);
    expect(ended).toEqual([]);
    server.unsubscribe();
  });

  it('echoes to each of several peers its own bytes', async () => {
    const port = await freePort();
    const server = tcpServer({ host, port }).pipe(echo).subscribe();
    const names = ['a', 'b', 'c', 'd', 'e'];
    const sockets = await Promise.all(names.map(() => client(port)));
    sockets.forEach((socket, index) => socket.end(names[index] as string));
    expect((await Promise.all(sockets.map(readAll))).map((bytes) => bytes.toString())).toEqual(names);
    server.unsubscribe();
  });

  it('listens anew at each subscription', async () => {
    const port = await freePort();
    const first$ = tcpServer({ host, port }).pipe(take(1));
    for (const expected of [1, 1]) {
      const accepted = firstValueFrom(first$);
      const socket = await client(port);
      const connection = await accepted;
      expect(connection.id).toBe(expected);
      connection.abort();
      socket.destroy();
    }
  });

  it('errors with ERR_ECHO_LISTEN when the port is taken', async () => {
    const listener = await firstValueFrom(listenTcp({ host, port: 0 }));
    expect(await rejectionOf(tcpServer({ host, port: listener.local.port }))).toMatchObject({
      code: 'ERR_ECHO_LISTEN',
      cause: { code: 'EADDRINUSE' },
    });
    listener.close();
  });

  it('throws ERR_ECHO_OPTION for a port out of range', () => {
    expect(thrownBy(() => tcpServer({ host, port: 65_536 }))).toMatchObject({
      code: 'ERR_ECHO_OPTION',
      message: 'Expected `port` to be a number from 0 to 65535, got `65536`',
    });
  });

  it('stops listening when it is unsubscribed, and keeps its connections open', async () => {
    const port = await freePort();
    const connections$ = new Subject<Connection>();
    const echoed = lastValueFrom(connections$.pipe(mergeMap(echoed$)));
    const server = tcpServer({ host, port }).subscribe((connection) => connections$.next(connection));
    const socket = await client(port);
    socket.write('before');
    await read(socket, 6);

    server.unsubscribe();
    connections$.complete();
    expect(await rejectionOf(tcpClient({ host, port }))).toMatchObject(refused);
    socket.end('after');
    expect((await readAll(socket)).toString()).toBe('after');
    expect(await echoed).toBe(11);
  });

  it('resets an idle peer when everything is unsubscribed', async () => {
    const port = await freePort();
    const accepted$ = new Subject<Connection>();
    const accepted = firstValueFrom(accepted$);
    const server = tcpServer({ host, port }).pipe(tap(accepted$), echo).subscribe();
    const socket = await client(port);
    await accepted;
    server.unsubscribe();
    expect(((await once(socket, 'error')) as unknown[])[0]).toMatchObject({ code: 'ECONNRESET' });
    expect(await rejectionOf(tcpClient({ host, port }))).toMatchObject(refused);
  });

  it('keeps serving after a peer resets a connection that is not subscribed', async () => {
    const port = await freePort();
    const second = lastValueFrom(
      tcpServer({ host, port }).pipe(
        take(2),
        mergeMap((connection) => (connection.id === 1 ? [] : echoed$(connection))),
      ),
    );
    const first = await client(port);
    first.resetAndDestroy();
    await once(first, 'close');
    const socket = await client(port);
    socket.end('hello');
    expect((await readAll(socket)).toString()).toBe('hello');
    expect(await second).toBe(5);
  });

  it('applies an operator between source and sink to the bytes', async () => {
    const port = await freePort();
    const shout = map((bytes: Buffer) => Buffer.from(bytes.toString().toUpperCase()));
    const shouting = mergeMap((connection: Connection) => connection.bytes$.pipe(shout, connection.writes()));
    const server = tcpServer({ host, port }).pipe(shouting).subscribe();
    const socket = await client(port);
    socket.end('hello');
    expect((await readAll(socket)).toString()).toBe('HELLO');
    server.unsubscribe();
  });
});
