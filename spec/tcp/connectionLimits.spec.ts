import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { catchError, EMPTY, firstValueFrom, lastValueFrom, mergeMap, take, toArray } from 'rxjs';
import type { TcpServerOptions } from '../../lib/options';
import type { Connection, RefusedConnection } from '../../lib/peer';
import { ConnectionLimits } from '../../lib/tcp/connectionLimits';
import { listenTcp, type TcpListener } from '../../lib/tcp/tcpListener';
import { itWithIpv6 } from '../support/installed';
import { client, read } from '../support/socket';
import { thrownBy } from '../support/thrownBy';
import { echoed$ } from '../support/written';

const host = '127.0.0.1';

/** A listener with its clients, accepted and refused connections. Disposing it closes all of them. */
class Guarded implements AsyncDisposable {
  readonly refused: RefusedConnection[] = [];
  readonly accepted: Connection[] = [];
  readonly #clients: Socket[] = [];
  readonly #listeners: TcpListener[] = [];

  async listen(options: Partial<TcpServerOptions>, limits?: ConnectionLimits): Promise<TcpListener> {
    const onRefused = (refused: RefusedConnection): void => void this.refused.push(refused);
    const listener = await firstValueFrom(listenTcp({ host, port: 0, onRefused, ...options }, limits));
    this.#listeners.push(listener);
    return listener;
  }

  /** Echoes every accepted connection. */
  serve(listener: TcpListener): void {
    listener.connections$
      .pipe(
        mergeMap((connection) => {
          this.accepted.push(connection);
          return connection.bytes$.pipe(
            connection.writes(),
            catchError(() => EMPTY),
          );
        }),
      )
      .subscribe();
  }

  async client({ local }: TcpListener): Promise<Socket> {
    const socket = await client(local.port, local.host);
    this.#clients.push(socket.on('error', () => undefined));
    return socket;
  }

  /** Returns a client whose first message was echoed. */
  async served(listener: TcpListener): Promise<Socket> {
    const socket = await this.client(listener);
    socket.write('hello');
    expect(String(await read(socket, 5))).toBe('hello');
    return socket;
  }

  /**
   * Connects a client that is refused. Resolves with how its connection ended, and with its port if it was connected.
   */
  sentAway({ local }: TcpListener): Promise<{ readonly how: string; readonly port: number | undefined }> {
    return new Promise((resolve) => {
      const socket = connect(local.port, local.host);
      let port: number | undefined;
      socket
        .on('connect', () => (port = socket.localPort))
        .on('end', () => resolve({ how: 'FIN', port }))
        .on('error', ({ code = '' }: NodeJS.ErrnoException) => resolve({ how: code, port }))
        .resume();
    });
  }

  /** Connects clients until one is accepted. A client cannot see when the server's socket closes. */
  async servedAgain(listener: TcpListener): Promise<void> {
    const { length } = this.accepted;
    while (this.accepted.length === length) {
      const socket = connect(listener.local.port, listener.local.host).on('error', () => undefined);
      this.#clients.push(socket);
      socket.write('x');
      await new Promise((resolve) => socket.on('close', resolve).on('data', resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#clients) socket.destroy();
    for (const connection of this.accepted) connection.abort();
    for (const listener of this.#listeners) listener.close();
  }
}

/** Ends a client's side, and waits for the server's FIN. */
const leave = async (socket: Socket): Promise<void> => {
  socket.resume().end();
  await once(socket, 'end');
};

describe('ConnectionLimits', () => {
  it('refuses a connection above maxConnections, and reports its remote endpoint', async () => {
    await using guarded = new Guarded();
    const listener = await guarded.listen({ maxConnections: 2 });
    guarded.serve(listener);
    await guarded.served(listener);
    await guarded.served(listener);
    expect((await guarded.sentAway(listener)).how).toMatch(/FIN|ECONNRESET/);
    expect(guarded.refused).toEqual([
      { remote: { host, port: expect.any(Number) as number }, reason: 'max-connections' },
    ]);
    expect(guarded.accepted).toHaveLength(2);
  });

  it.each<[string, (socket: Socket) => unknown]>([
    ['has ended', leave],
    ['was reset', (socket) => socket.resetAndDestroy()],
  ])('serves a new connection after an earlier one %s', async (_, end) => {
    await using guarded = new Guarded();
    const listener = await guarded.listen({ maxConnections: 1 });
    guarded.serve(listener);
    const first = await guarded.served(listener);
    await guarded.sentAway(listener);
    await end(first);
    await guarded.servedAgain(listener);
    expect(guarded.refused.length).toBeGreaterThanOrEqual(1);
  });

  it('counts a connection that waits for connections$ to be subscribed', async () => {
    await using guarded = new Guarded();
    const listener = await guarded.listen({ maxConnections: 1 });
    const waiting = await guarded.client(listener);
    waiting.write('hello');
    await guarded.sentAway(listener);
    expect(guarded.refused).toHaveLength(1);
    guarded.serve(listener);
    expect(String(await read(waiting, 5))).toBe('hello');
  });

  it('emits a connection at the limit, which can be aborted without reading it', async () => {
    await using guarded = new Guarded();
    const listener = await guarded.listen({ maxConnections: 1 });
    const taken = firstValueFrom(listener.connections$);
    await guarded.client(listener);
    expect((await taken).remote.host).toBe(host);
    (await taken).abort();
  });

  it('refuses a connection above maxConnectionsPerSource until another one of its source has ended', async () => {
    await using guarded = new Guarded();
    const listener = await guarded.listen({ maxConnectionsPerSource: 1 });
    guarded.serve(listener);
    const first = await guarded.served(listener);
    expect((await guarded.sentAway(listener)).how).toBe('ECONNRESET');
    expect(guarded.refused).toEqual([
      { remote: { host, port: expect.any(Number) as number }, reason: 'max-connections-per-source' },
    ]);
    await leave(first);
    await guarded.servedAgain(listener);
  });

  itWithIpv6('applies the limit to the sum of all listeners', async () => {
    await using guarded = new Guarded();
    const limits = new ConnectionLimits({ maxConnections: 1 });
    const four = await guarded.listen({}, limits);
    const six = await guarded.listen({ host: '::1' }, limits);
    guarded.serve(four);
    guarded.serve(six);
    await guarded.served(four);
    await guarded.sentAway(six);
    expect(guarded.refused).toMatchObject([{ remote: { host: '::1' }, reason: 'max-connections' }]);
  });

  it('replaces the limits without closing open connections', async () => {
    await using guarded = new Guarded();
    const limits = new ConnectionLimits();
    const listener = await guarded.listen({}, limits);
    guarded.serve(listener);
    const first = await guarded.served(listener);
    limits.replace({ maxConnectionsPerSource: 1 });
    await guarded.sentAway(listener);
    limits.replace({ maxConnections: 1 });
    await guarded.sentAway(listener);
    expect(guarded.refused.map(({ reason }) => reason)).toEqual(['max-connections-per-source', 'max-connections']);
    limits.replace({});
    await guarded.served(listener);
    first.write('still');
    expect(String(await read(first, 5))).toBe('still');
  });

  it('closes the listener even if its limit is reached', async () => {
    await using guarded = new Guarded();
    const listener = await guarded.listen({ maxConnections: 1 });
    const served = lastValueFrom(listener.connections$.pipe(take(1), mergeMap(echoed$), toArray()));
    const socket = await guarded.served(listener);
    await leave(socket);
    expect(await served).toEqual([5]);
    await expect(client(listener.local.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it.each([
    ['maxConnections', 0],
    ['maxConnections', NaN],
    ['maxConnectionsPerSource', 0],
    ['maxConnectionsPerSource', -1],
  ])('throws ERR_ECHO_OPTION for the %s %d', (name, value) => {
    expect(thrownBy(() => listenTcp({ host, port: 0, [name]: value }))).toMatchObject({
      code: 'ERR_ECHO_OPTION',
      message: expect.stringContaining(`\`${name}\``) as string,
    });
  });
});
