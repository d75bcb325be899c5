import { once } from 'node:events';
import type { Socket } from 'node:net';
import { catchError, EMPTY, filter, firstValueFrom, merge, mergeMap, ReplaySubject, tap, throwError } from 'rxjs';
import { EchoError } from '../lib/errors';
import type { EchoEvent } from '../lib/events';
import { fromAsyncIterable } from '../lib/flow/fromAsyncIterable';
import type { Connection } from '../lib/peer';
import { startEcho, type Echo, type StartEchoOptions } from '../lib/server/startEcho';
import type { Stage } from '../lib/stage';
import { tcpClient } from '../lib/tcp/tcpClient';
import { listenTcp } from '../lib/tcp/tcpListener';
import { client, read, readAll } from './support/socket';
import { pattern } from './tcp/pattern';
import { stalled } from './tcp/stalled';

const host = '127.0.0.1';
const MIB = 1024 * 1024;

/** Passes what a client sends to the server at `port`, and back; what breaks one side breaks the other. */
const relayTo = (port: number) =>
  mergeMap((near: Connection) =>
    tcpClient({ host, port }).pipe(
      mergeMap((far) =>
        merge(
          fromAsyncIterable(far.bytes, near.budget).pipe(near.writes()),
          fromAsyncIterable(near.bytes, far.budget).pipe(far.writes()),
        ),
      ),
      catchError(() => EMPTY),
    ),
  );

/** A client behind a relay that stands before an echo server. */
interface Relayed extends AsyncDisposable {
  readonly echo: Echo;
  readonly socket: Socket;
  /** The relay's connection to the client. */
  readonly near: Promise<Connection>;
  /** The end of the relay's connection to the echo server. */
  readonly closed: Promise<EchoEvent>;
}

const relayed = async (options?: StartEchoOptions): Promise<Relayed> => {
  const echo = await startEcho(options);
  const closed = firstValueFrom(echo.events.pipe(filter(({ kind }) => kind === 'closed')));
  const listener = await firstValueFrom(listenTcp({ host, port: 0 }));
  const near$ = new ReplaySubject<Connection>(1);
  const relay = listener.connections$.pipe(tap(near$), relayTo(echo.port)).subscribe();
  const socket = await client(listener.local.port);
  const end = async (): Promise<void> => {
    socket.destroy();
    relay.unsubscribe();
    await echo.stop();
  };
  return { echo, socket, near: firstValueFrom(near$), closed, [Symbol.asyncDispose]: end };
};

/** Errors with `error` when the word comes by. */
const failAt =
  (word: string, error: EchoError): Stage =>
  () =>
    mergeMap((chunk: Buffer) => (chunk.includes(word) ? throwError(() => error) : [chunk]));

describe('a relay', () => {
  it('returns what a client sent before half-closing, and then the end', async () => {
    await using relay = await relayed();
    relay.socket.end(pattern(MIB));
    expect((await readAll(relay.socket)).equals(pattern(MIB))).toBe(true);
    expect(await relay.closed).toMatchObject({ why: 'ended' });
  });

  it('goes on when a client reads after everything on the way was full', async () => {
    await using relay = await relayed();
    relay.socket.end(pattern(16 * MIB));
    await stalled(await relay.near);
    expect((await readAll(relay.socket)).equals(pattern(16 * MIB))).toBe(true);
  });

  it('passes the end of the server on to the client, and the answer of the client to the server', async () => {
    await using relay = await relayed();
    relay.socket.write('hello');
    await read(relay.socket, 5);
    const ended = once(relay.socket, 'end');
    const report = relay.echo.stop();
    await ended;
    relay.socket.end();
    expect(await report).toMatchObject({ connectionsDrained: 1, connectionsCut: 0 });
    expect(await relay.closed).toMatchObject({ why: 'completed' });
  });

  it('passes a reset of the client on to the server', async () => {
    await using relay = await relayed();
    relay.socket.write('hello');
    await read(relay.socket, 5);
    relay.socket.resetAndDestroy();
    expect(await relay.closed).toMatchObject({ why: 'reset by peer' });
  });

  it('passes a reset of the server on to the client', async () => {
    await using relay = await relayed({ stages: [failAt('bang', new EchoError('ERR_ECHO_RESET', 'bang'))] });
    relay.socket.write('hello');
    await read(relay.socket, 5);
    const broken = once(relay.socket, 'error');
    relay.socket.write('bang');
    expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' });
    expect(await relay.closed).toMatchObject({ why: 'reset by fault' });
  });

  it('resets a client that half-closed before the server reset', async () => {
    await using relay = await relayed({ stages: [failAt('bang', new EchoError('ERR_ECHO_RESET', 'bang'))] });
    relay.socket.write('hello');
    await read(relay.socket, 5);
    const broken = once(relay.socket, 'error');
    relay.socket.end('bang');
    expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' });
  });
});
