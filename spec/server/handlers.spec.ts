import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  defer,
  EMPTY,
  firstValueFrom,
  ignoreElements,
  map,
  mergeMap,
  NEVER,
  of,
  ReplaySubject,
  Subject,
  takeUntil,
  throwError,
  type Observable,
} from 'rxjs';
import type { EchoEvent } from '../../lib/events';
import { fromAsyncIterable } from '../../lib/backpressure/fromAsyncIterable';
import type { Connection } from '../../lib/peer';
import { lifecycle } from '../../lib/server/lifecycle';
import { tcpClient } from '../../lib/tcp/tcpClient';
import { listenTcp } from '../../lib/tcp/tcpListener';
import { freePort } from '../support/freePort';
import { onBothPaths } from '../support/onBothPaths';
import { client, readAll } from '../support/socket';
import { pattern } from '../support/pattern';

const host = '127.0.0.1';

type Handler = (connection: Connection) => Observable<unknown>;

interface Served {
  readonly socket: Socket;
  /** How the connection ended, when it has. */
  readonly closed: Promise<Extract<EchoEvent, { kind: 'closed' }>>;
  /** What the client was told when the connection ended: `end`, or the code of an error. */
  readonly told: Promise<string>;
  readonly cut: () => void;
}

const cleanups: (() => void)[] = [];
afterEach(() => cleanups.splice(0).forEach((cleanUp) => cleanUp()));

/** One client of a server that is not an echo. */
const served = async (handler: Handler, lingerMs = 30): Promise<Served> => {
  const listener = await firstValueFrom(listenTcp({ host, port: 0, lingerMs }));
  const deadline$ = new Subject<void>();
  const events$ = new ReplaySubject<EchoEvent>(Infinity);
  const serving = listener.connections$
    .pipe(
      mergeMap((connection) => defer(() => handler(connection)).pipe(lifecycle(connection))),
      takeUntil(deadline$),
    )
    .subscribe(events$);
  // Not awaited: one that is reset at once may never hear that it was connected.
  const socket = connect({ host, port: listener.local.port, allowHalfOpen: true });
  cleanups.push(() => (serving.unsubscribe(), socket.destroy()));
  const told = new Promise<string>((resolve) => {
    socket.once('end', () => resolve('end')).once('error', ({ code }: NodeJS.ErrnoException) => resolve(code!));
  });
  const closed = firstValueFrom(events$.pipe(mergeMap((event) => (event.kind === 'closed' ? [event] : []))));
  closed.catch(() => undefined);
  return { socket: socket.resume(), closed, told, cut: () => deadline$.next() };
};

onBothPaths('a handler of a connection', () => {
  it('that discards what comes (RFC 863) ends it when the peer does', async () => {
    const { socket, closed, told } = await served(({ bytes$ }) => bytes$.pipe(ignoreElements()));
    socket.end(pattern(1_000_000));
    expect(await told).toBe('end');
    expect(await closed).toMatchObject({ reason: 'ended', peer: { bytesIn: 1_000_000, bytesOut: 0 } });
  });

  it('that completes at once ends it with FIN', async () => {
    const { closed, told } = await served(() => EMPTY);
    expect(await told).toBe('end');
    expect(await closed).toMatchObject({ reason: 'completed' });
  });

  it.each<[string, Handler]>([
    ['errors at once', () => throwError(() => new Error('boom'))],
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
  ])('that %s resets it, and is notified when it is closed', async (_, handler) => {
    const { closed, told } = await served(handler);
    expect(await told).toBe('ECONNRESET');
    expect(await closed).toMatchObject({ reason: 'failed', error: { message: 'The stream failed: boom' } });
  });

  it('that fails with the error of another connection was not reset by its own peer', async () => {
    const port = await freePort();
    const { closed, told } = await served(() => tcpClient({ host, port }));
    expect(await told).toBe('ECONNRESET');
    expect(await closed).toMatchObject({
      reason: 'failed',
      error: { code: 'ERR_ECHO_CONNECTION', message: expect.stringContaining(`${host}:${port}`) as string },
    });
  });

  it.each<[string, Handler]>([
    ['never does anything', () => NEVER],
    [
      'reads and never ends',
      ({ bytes$ }) =>
        bytes$.pipe(
          ignoreElements(),
          mergeMap(() => NEVER),
        ),
    ],
  ])('that %s has it reset at the deadline', async (_, handler) => {
    const { socket, told, cut } = await served(handler);
    await new Promise((resolve) => socket.write('hello', resolve));
    cut();
    expect(await told).toBe('ECONNRESET');
  });

  it.each<[string, unknown, string]>([
    ['returns nothing', undefined, 'undefined'],
    ['returns a number', 7, '7'],
  ])('that %s receives an error that names what to return', async (_, returned, what) => {
    const { closed, told } = await served(() => returned as Observable<unknown>);
    expect(await told).toBe('ECONNRESET');
    expect(await closed).toMatchObject({
      reason: 'failed',
      error: { message: expect.stringContaining(`You provided '${what}' where a stream was expected`) as string },
    });
  });

  it.each<[string, Observable<unknown>, string]>([
    ['a string', of('x'), 'string'],
    ['an array', of([Buffer.from('x')]), 'an array'],
    ['nothing', of(undefined), 'undefined'],
  ])('that sends %s receives an error that names what can be sent', async (_, source$, what) => {
    const { closed, told } = await served((connection) => (source$ as Observable<Buffer>).pipe(connection.writes()));
    expect(await told).toBe('ECONNRESET');
    expect(await closed).toMatchObject({
      reason: 'failed',
      error: { code: 'ERR_ECHO_STAGE', message: `Expected a Buffer to send, got ${what}` },
    });
  });

  it('that forgets to write reads and discards, until the peer ends', async () => {
    const { socket, closed, told } = await served(({ bytes$ }) => bytes$.pipe(map((bytes) => bytes.reverse())));
    socket.end('hello');
    expect(await told).toBe('end');
    expect(await closed).toMatchObject({ reason: 'ended', peer: { bytesIn: 5, bytesOut: 0 } });
  });

  it('that answers one line and leaves its iterator lying has it closed after lingerMs', async () => {
    const { socket, closed, told } = await served((connection) =>
      defer(async () => {
        const pulled = await connection.bytes[Symbol.asyncIterator]().next();
        return Buffer.from(`you said ${String(pulled.value)}`);
      }).pipe(connection.writes()),
    );
    socket.write('hello');
    expect(await told).toBe('end');
    // The client keeps its side open.
    expect(await closed).toMatchObject({ reason: 'completed' });
  });
});

onBothPaths('end()', () => {
  it.each<[string, (connection: Connection) => Observable<Buffer>]>([
    ['pulled', ({ bytes, budget }) => fromAsyncIterable(bytes, budget)],
    ['pushed', ({ bytes$ }) => bytes$],
  ])('reads what the kernel had received, %s', async (_, sourceOf) => {
    const listener = await firstValueFrom(listenTcp({ host, port: 0 }));
    const accepted = firstValueFrom(listener.connections$);
    const socket = await client(listener.local.port);
    const connection = await accepted;
    const sent = pattern(4_000_000);
    const taken = once(socket, 'drain');
    socket.write(sent);
    sourceOf(connection).pipe(connection.writes()).subscribe();
    const echoed = readAll(socket);
    connection.end();
    await taken;
    expect((await echoed).equals(sent)).toBe(true);
    socket.destroy();
  });

  it('takes effect when something reads', async () => {
    const listener = await firstValueFrom(listenTcp({ host, port: 0 }));
    const accepted = firstValueFrom(listener.connections$);
    const socket = await client(listener.local.port);
    const connection = await accepted;
    connection.end();
    await new Promise((resolve) => socket.write('hello', resolve));
    connection.bytes$.pipe(connection.writes()).subscribe();
    expect(String(await readAll(socket))).toBe('hello');
    socket.destroy();
  });
});
