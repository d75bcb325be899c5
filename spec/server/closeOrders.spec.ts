import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import {
  defer,
  delayWhen,
  filter,
  firstValueFrom,
  lastValueFrom,
  mergeMap,
  pipe,
  ReplaySubject,
  Subject,
  take,
  tap,
  toArray,
  type Observable,
} from 'rxjs';
import { monotonicScheduler } from '../../lib/monotonicScheduler';
import type { EchoEvent } from '../../lib/events';
import { perChunk } from '../../lib/stages/perChunk';
import type { Connection, Peer } from '../../lib/peer';
import { lifecycle } from '../../lib/server/lifecycle';
import { startEcho, type Echo, type StartEchoOptions } from '../../lib/server/startEcho';
import { takeUntilDrained } from '../../lib/server/stop/takeUntilDrained';
import type { Stage } from '../../lib/stage';
import { tcpClient } from '../../lib/tcp/tcpClient';
import { listenTcp } from '../../lib/tcp/tcpListener';
import { onBothPaths } from '../support/onBothPaths';
import { client, read, readAll } from '../support/socket';
import { rejectionOf } from '../support/rejectionOf';
import { workerThreadClients, type WorkerThreadClients } from '../support/workerThreadClients';
import { pattern } from '../support/pattern';
import { waitUntilStalled } from '../support/waitUntilStalled';

const MIB = 1024 * 1024;
const nothing = { connectionsDrained: 0, connectionsAborted: 0, bytesPending: 0, datagramsLost: 0 };
const oneDrained = { ...nothing, connectionsDrained: 1 };

interface Observed {
  readonly echo: Echo;
  readonly opened: Peer[];
  readonly ends: { peer: Peer; reason: string }[];
  /** The next end of a connection. */
  readonly closed: () => Promise<EchoEvent>;
}

const observed = async (options?: StartEchoOptions): Promise<Observed> => {
  const echo = await startEcho(options);
  const opened: Peer[] = [];
  const ends: { peer: Peer; reason: string }[] = [];
  echo.events.subscribe((event) => {
    if (event.kind === 'opened') opened.push(event.peer);
    if (event.kind === 'closed') ends.push({ peer: event.peer, reason: event.reason });
  });
  const closed = () => firstValueFrom(echo.events.pipe(filter((event) => event.kind === 'closed')));
  return { echo, opened, ends, closed };
};

const nextOpened = (events: Observable<EchoEvent>): Promise<Peer> =>
  firstValueFrom(events.pipe(mergeMap((event) => (event.kind === 'opened' ? [event.peer] : []))));

/** A client of which the server has read a byte, and which has it back. */
const served = async (port: number): Promise<Socket> => {
  const socket = await client(port);
  socket.write('x');
  await read(socket, 1);
  return socket;
};

/** A client that has sent until everything between it and the server was full, and reads nothing. */
const neverReading = async ({ port, events }: Echo): Promise<Socket> => {
  const opened = nextOpened(events);
  const socket = await client(port);
  socket.write(pattern(16 * MIB));
  await waitUntilStalled(await opened);
  return socket;
};

/** Ends its own side when the server does, as most clients do. */
const polite = (socket: Socket): Socket => socket.resume().once('end', () => socket.end());

/** A client that the server has accepted, and that has yet to send its 1,000,000 bytes. */
const million = async ({ port, events }: Echo): Promise<WorkerThreadClients> => {
  const clients = workerThreadClients(port, 1, 1_000_000);
  await Promise.all([nextOpened(events), clients.connect()]);
  return clients;
};

const expectPortFree = async ({ port }: Echo): Promise<void> =>
  expect(await rejectionOf(tcpClient({ host: '127.0.0.1', port }))).toMatchObject({ cause: { code: 'ECONNREFUSED' } });

onBothPaths('a connection of startEcho', () => {
  it.each([
    ['closes its write side', 'ended', (socket: Socket) => socket.resume().end()],
    ['closes both sides', 'ended', (socket: Socket) => socket.destroy()],
    ['resets', 'reset by peer', (socket: Socket) => socket.resetAndDestroy()],
  ])('ends once when its client %s: %s', async (_, reason, leave) => {
    const { echo, opened, ends, closed } = await observed();
    const socket = await served(echo.port);
    const end = closed();
    leave(socket);
    expect(await end).toMatchObject({ peer: opened[0], reason });
    expect(await echo.stop()).toEqual(nothing);
    expect(ends).toEqual([{ peer: opened[0], reason }]);
    expect(opened).toHaveLength(1);
    socket.destroy();
    await expectPortFree(echo);
  });

  it('stays while its client stops reading, and loses nothing', async () => {
    const { echo, opened, ends } = await observed();
    const socket = await neverReading(echo);
    expect(ends).toEqual([]);
    socket.end();
    expect((await readAll(socket)).equals(pattern(16 * MIB))).toBe(true);
    await echo.stop();
    expect(ends).toEqual([{ peer: opened[0], reason: 'ended' }]);
  });

  it.each([
    ['is idle and answers our end', 'completed', oneDrained, polite],
    ['is idle and stays so', 'completed', oneDrained, (socket: Socket) => socket.resume()],
    ['has stopped reading, with nothing owed', 'completed', oneDrained, (socket: Socket) => socket.pause()],
    ['closes both sides at that moment', 'ended', oneDrained, (socket: Socket) => socket.destroy()],
    ['resets at that moment', 'reset by peer', nothing, (socket: Socket) => socket.resetAndDestroy()],
  ])('ends once at a stop when its client %s: %s', async (_, reason, report, act) => {
    const { echo, opened, ends } = await observed({ lingerMs: 30 });
    const socket = await served(echo.port);
    act(socket);
    expect(await echo.stop()).toEqual(report);
    expect(ends).toEqual([{ peer: opened[0], reason }]);
    expect(opened).toHaveLength(1);
    socket.destroy();
    await expectPortFree(echo);
  });

  it('ends once at a stop when its client closes its write side at that moment', async () => {
    const { echo, opened, ends } = await observed();
    const socket = await served(echo.port);
    const echoed = readAll(socket);
    socket.end('last words');
    expect(await echo.stop()).toEqual(oneDrained);
    // Which of the two was first is the kernel's to say.
    expect(ends).toEqual([{ peer: opened[0], reason: expect.stringMatching(/^(ended|completed)$/) as string }]);
    expect('last words').toContain((await echoed).toString());
  });

  describe('with a stage that buffers its bytes', () => {
    const holding = async () => {
      const gate$ = new ReplaySubject<void>(1);
      const input$ = new ReplaySubject<Buffer>(1);
      // Not `tap(input$)`: it subscribes to the subject without an error handler, and a reset would be unhandled there.
      const watch = tap<Buffer>({ next: (chunk) => input$.next(chunk), complete: () => input$.complete() });
      const hold: Stage = (context) => pipe(watch, perChunk(delayWhen(() => gate$))(context));
      const all = await observed({ stages: [hold] });
      const socket = await client(all.echo.port);
      return { ...all, socket, input$, release: () => gate$.next() };
    };

    it('delivers after a stop when its client has closed its write side: ended', async () => {
      const { echo, opened, ends, socket, input$, release } = await holding();
      socket.end('hello');
      await lastValueFrom(input$);
      const stopped = echo.stop();
      release();
      expect((await readAll(socket)).toString()).toBe('hello');
      expect(await stopped).toEqual(oneDrained);
      expect(ends).toEqual([{ peer: opened[0], reason: 'ended' }]);
      await expectPortFree(echo);
    });

    it('delivers after a stop when its client waits for its bytes: completed', async () => {
      const { echo, opened, ends, socket, input$, release } = await holding();
      socket.write('hello');
      await firstValueFrom(input$);
      const stopped = echo.stop();
      release();
      expect((await readAll(socket)).toString()).toBe('hello');
      expect(await stopped).toEqual(oneDrained);
      expect(ends).toEqual([{ peer: opened[0], reason: 'completed' }]);
      await expectPortFree(echo);
    });

    it('ends after a stop when its client resets: reset by peer', async () => {
      const { echo, opened, ends, socket, input$ } = await holding();
      socket.write('hello');
      await firstValueFrom(input$);
      const stopped = echo.stop();
      socket.resetAndDestroy();
      expect(await stopped).toEqual(nothing);
      expect(ends).toEqual([{ peer: opened[0], reason: 'reset by peer' }]);
      expect(opened[0]?.budget.bufferedBytes).toBe(0);
    });
  });
});

describe('the stop of startEcho', () => {
  it('serves what waits unsubscribed behind a mergeMap', async () => {
    const listener = await firstValueFrom(listenTcp({ host: '127.0.0.1', port: 0 }));
    const signal$ = new ReplaySubject<void>(1);
    const accepted$ = new Subject<Connection>();
    const four = firstValueFrom(accepted$.pipe(take(4), toArray()));
    const events = firstValueFrom(
      listener.connections$.pipe(
        tap(accepted$),
        takeUntilDrained(signal$, listener.queue),
        mergeMap(
          (connection) =>
            defer(() =>
              connection.bytes$.pipe(takeUntilDrained(signal$, connection.receiveQueue), connection.writes()),
            ).pipe(lifecycle(connection)),
          1,
        ),
        toArray(),
      ),
    );
    const sockets = await Promise.all([1, 2, 3, 4].map(() => client(listener.local.port)));
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.write('hello', resolve))));
    await four;
    signal$.next();
    expect((await Promise.all(sockets.map(readAll))).map(String)).toEqual(Array(4).fill('hello'));
    expect((await events).filter(({ kind }) => kind === 'closed')).toHaveLength(4);
  });

  it('serves 20 connections that wait to be accepted', async () => {
    const { echo, ends } = await observed();
    const clients = workerThreadClients(echo.port, 20, 1000);
    clients.sendBlocking();
    const stopped = echo.stop();
    expect(await clients.echoed).toEqual(Array(20).fill(1000));
    expect(await stopped).toEqual({ ...nothing, connectionsDrained: 20 });
    expect(ends).toHaveLength(20);
  });

  it('returns 1,000,000 bytes that wait to be read', async () => {
    const { echo } = await observed();
    const clients = await million(echo);
    clients.sendBlocking();
    const stopped = echo.stop();
    expect(await clients.echoed).toEqual([1_000_000]);
    expect(await stopped).toEqual(oneDrained);
  });

  it('returns what a peer had no room to send until we read', async () => {
    const { echo } = await observed();
    const socket = await served(echo.port);
    const received = readAll(socket);
    const stopped = echo.stop();
    for (const part of ['some ', 'turns ', 'away']) {
      // Each of them is a turn of the server, too.
      for (let turn = 0; turn < 10; turn += 1) await setImmediate();
      socket.write(part);
    }
    expect((await received).toString()).toBe('some turns away');
    socket.end();
    expect(await stopped).toEqual(oneDrained);
  });

  it('takes two signals within 5 ms for one, and loses nothing', async () => {
    const signal = new Subject<void>();
    const { echo, opened, ends } = await observed({ signal });
    const clients = await million(echo);
    clients.sendBlocking();
    signal.next();
    await setImmediate();
    signal.next();
    expect(await clients.echoed).toEqual([1_000_000]);
    expect(await echo.stop()).toEqual(oneDrained);
    expect(ends).toEqual([{ peer: opened[0], reason: 'completed' }]);
  });

  it('cuts at a second signal 500 ms after the first', async () => {
    const signal = new Subject<void>();
    let lateMs = 0;
    const now = (): number => monotonicScheduler.now() + lateMs;
    const { echo, ends, closed } = await observed({
      signal,
      graceMs: 60_000,
      scheduler: { ...monotonicScheduler, now },
    });
    const socket = await neverReading(echo);
    const broken = once(socket, 'error');
    const end = closed();
    signal.next();
    lateMs = 500;
    signal.next();
    expect(await end).toMatchObject({ reason: 'aborted' });
    expect(await echo.stop()).toMatchObject({ connectionsAborted: 1, connectionsDrained: 0 });
    expect(ends).toHaveLength(1);
    await broken;
    await expectPortFree(echo);
  });

  it('aborts a client that never reads at the deadline, and reports its pending bytes', async () => {
    const { echo, opened, ends } = await observed();
    const socket = await neverReading(echo);
    const broken = once(socket, 'error');
    const report = await echo.stop({ graceMs: 50 });
    expect(report).toMatchObject({ connectionsAborted: 1, connectionsDrained: 0 });
    expect(report.bytesPending).toBeGreaterThan(0);
    expect(report.bytesPending).toBe(opened[0]?.bytesPending);
    expect(ends).toEqual([{ peer: opened[0], reason: 'aborted' }]);
    expect(opened[0]?.budget.bufferedBytes).toBe(0);
    await broken;
  });

  it('ends a client that never stops sending', async () => {
    const { echo, ends } = await observed({ lingerMs: 30, graceMs: 60_000 });
    const socket = await client(echo.port);
    const block = Buffer.alloc(256 * 1024);
    const goOn = (error?: Error | null): unknown => error ?? socket.write(block, goOn);
    const gone = once(socket, 'error');
    goOn();
    await read(socket, MIB);
    socket.resume();
    expect(await echo.stop()).toEqual(oneDrained);
    expect(ends).toMatchObject([{ reason: 'completed' }]);
    await gone;
  });

  it('counts a client that does not answer our end by the deadline as drained', async () => {
    const { echo, ends } = await observed({ lingerMs: 60_000 });
    const socket = await served(echo.port);
    const ended = once(socket.resume(), 'end');
    expect(await echo.stop({ graceMs: 400 })).toEqual(oneDrained);
    expect(ends).toMatchObject([{ reason: 'completed' }]);
    await ended;
    socket.destroy();
  });

  it('resolves every caller with the same report', async () => {
    const { echo } = await observed();
    polite(await served(echo.port));
    const reports = await Promise.all([echo.stop(), echo.stop({ graceMs: 0 }), echo.stop()]);
    expect(reports).toEqual([oneDrained, oneDrained, oneDrained]);
  });
});
