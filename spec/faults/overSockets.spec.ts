import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import type { EchoEvent } from '../../lib/events';
import type { Peer } from '../../lib/peer';
import { startEcho, type Echo } from '../../lib/server/startEcho';
import { flood } from '../support/flood';
import { client, read, readAll } from '../support/socket';
import { udpClient } from '../support/udp';

jest.setTimeout(20_000);

const MiB = 1024 * 1024;

/** Resolves with the received bytes and the error code when the connection breaks. */
const untilBroken = (socket: Socket): Promise<{ received: Buffer; code: string | undefined }> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      // If an RST follows bytes directly, libuv reports an end. Only a write then distinguishes it from a FIN.
      .on('end', () => socket.write('still there?'))
      .on('error', ({ code }: NodeJS.ErrnoException) => resolve({ received: Buffer.concat(chunks), code }));
  });

/** Resolves with the next event of a kind. */
const next = (echo: Echo, kind: EchoEvent['kind']) =>
  firstValueFrom(echo.events.pipe(filter((event) => event.kind === kind)));

describe('reset', () => {
  it.each(['reset,p=100%', 'limit=0B,then=reset'])('causes ECONNRESET at the client: %s', async (fault) => {
    await using echo = await startEcho({ stages: [fault] });
    for (let n = 0; n < 20; n += 1) {
      const socket = await client(echo.port);
      const broken = untilBroken(socket);
      socket.write('x');
      expect(await broken).toEqual({ received: Buffer.alloc(0), code: 'ECONNRESET' });
    }
  });

  it('delivers at most a prefix of what was sent', async () => {
    await using echo = await startEcho({ stages: ['reset,after=64KiB'] });
    const sent = randomBytes(MiB);
    for (let n = 0; n < 20; n += 1) {
      const socket = await client(echo.port);
      const broken = untilBroken(socket);
      socket.write(sent);
      const { received, code } = await broken;
      // A pending write may fail before the read does.
      expect(['ECONNRESET', 'EPIPE']).toContain(code);
      expect(received.byteLength).toBeLessThanOrEqual(65_536);
      expect(received.equals(sent.subarray(0, received.byteLength))).toBe(true);
    }
  });

  it('resets a live connection to which it is added', async () => {
    await using echo = await startEcho({ stages: ['latency=1ms'] });
    const socket = await client(echo.port);
    socket.write('before');
    expect(String(await read(socket, 6))).toBe('before');
    const closed = next(echo, 'closed');
    const broken = untilBroken(socket);
    echo.faults.replace(['latency=1ms', 'reset']);
    expect(await broken).toMatchObject({ code: 'ECONNRESET', received: Buffer.alloc(0) });
    expect(await closed).toMatchObject({ reason: 'reset by fault' });
  });

  it('resets no connection with toxicity 0 %', async () => {
    await using echo = await startEcho({ stages: ['reset,toxicity=0%', 'reset,toxicity=0%,p=100%'] });
    for (let round = 0; round < 20; round += 1) {
      const texts = await Promise.all(
        Array.from({ length: 10 }, async () => {
          const socket = await client(echo.port);
          socket.end('whole');
          return String(await readAll(socket));
        }),
      );
      expect(new Set(texts)).toEqual(new Set(['whole']));
    }
    expect(echo.faults.counts()).toEqual({ reset: {}, 'reset#2': {} });
  });
});

describe('a half-close with 500 ms of latency', () => {
  const slow = { stages: ['latency=500ms'] };

  /** Sends 1 MiB and a FIN. Resolves when the server has read all of it. */
  const halfClosed = async (echo: Echo) => {
    const opened = next(echo, 'opened');
    const socket = await client(echo.port);
    const sent = randomBytes(MiB);
    const received = readAll(socket);
    socket.end(sent);
    const { peer } = (await opened) as Extract<EchoEvent, { kind: 'opened' }>;
    while (peer.bytesIn < sent.byteLength) await new Promise(setImmediate);
    return { peer, socket, sent, received };
  };

  it('returns all bytes, then the end', async () => {
    await using echo = await startEcho(slow);
    const { sent, received } = await halfClosed(echo);
    expect((await received).equals(sent)).toBe(true);
  });

  it('returns all bytes when the server stops meanwhile', async () => {
    await using echo = await startEcho({ ...slow, graceMs: 10_000 });
    const { sent, received } = await halfClosed(echo);
    expect(await echo.stop()).toEqual({
      connectionsDrained: 1,
      connectionsAborted: 0,
      bytesPending: 0,
      datagramsLost: 0,
    });
    expect((await received).equals(sent)).toBe(true);
  });

  it('returns all bytes in order before they are due when the grace period is short', async () => {
    await using echo = await startEcho({ stages: ['latency=1h'] });
    const { sent, received } = await halfClosed(echo);
    expect(await echo.stop({ graceMs: 500 })).toMatchObject({ connectionsDrained: 1, connectionsAborted: 0 });
    expect((await received).equals(sent)).toBe(true);
  });

  it('is aborted with pending bytes when the peer does not read', async () => {
    await using echo = await startEcho({ stages: ['latency=1h'] });
    const opened = next(echo, 'opened');
    const socket = await client(echo.port);
    socket.on('error', () => undefined).pause();
    await flood(socket).stalled();
    const { peer } = (await opened) as { peer: Peer };
    const { connectionsAborted, bytesPending } = await echo.stop({ graceMs: 100 });
    expect(connectionsAborted).toBe(1);
    expect(bytesPending).toBe(peer.bytesIn - peer.bytesOut);
    expect(bytesPending).toBeGreaterThan(0);
    socket.destroy();
  });
});

describe('a stop', () => {
  it('delivers everything that an endless stall buffers', async () => {
    await using echo = await startEcho({ stages: ['stall'] });
    const opened = next(echo, 'opened');
    const socket = await client(echo.port);
    const sent = randomBytes(300_000);
    const received = readAll(socket);
    socket.write(sent);
    const { peer } = (await opened) as { peer: Peer };
    while (peer.bytesIn < sent.byteLength) await new Promise(setImmediate);
    expect(await echo.stop({ graceMs: 500 })).toMatchObject({ connectionsAborted: 0, bytesPending: 0 });
    expect((await received).equals(sent)).toBe(true);
    socket.destroy();
  });

  it('delivers buffered datagrams', async () => {
    await using echo = await startEcho({ udp: true, stages: ['latency=1h', 'stall'] });
    await using peer = await udpClient(echo.port);
    const sent = Array.from({ length: 20 }, (_, n) => `datagram ${n}`);
    for (const each of sent) peer.send(each);
    expect(await echo.stop({ graceMs: 200 })).toMatchObject({ datagramsLost: 0 });
    const received: string[] = [];
    while (received.length < sent.length) received.push(String(await peer.next()));
    expect(received).toEqual(sent);
  });
});

it('closes all of 500 connections and empties their budgets', async () => {
  const connections = 500;
  await using echo = await startEcho({ stages: ['latency=2ms,jitter=1ms', 'slice=2B'] });
  const events = firstValueFrom(
    echo.events.pipe(
      filter((event) => event.kind === 'opened' || event.kind === 'closed'),
      take(2 * connections),
      toArray(),
    ),
  );
  for (let begun = 0; begun < connections; begun += 50) {
    await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const socket = await client(echo.port);
        socket.on('error', () => undefined);
        if (n % 3 === 0) return void socket.write('held', () => socket.resetAndDestroy());
        socket.end('hello');
        if (n % 3 === 1) return void socket.resume();
        expect(String(await readAll(socket))).toBe('hello');
      }),
    );
  }
  const seen = await events;
  const opened = seen.flatMap((event) => (event.kind === 'opened' ? [event.peer] : []));
  const closed = seen.flatMap((event) => (event.kind === 'closed' ? [event.peer] : []));
  expect(new Set(closed)).toEqual(new Set(opened));
  expect(closed).toHaveLength(connections);
  for (const { budget } of closed) expect([budget.bufferedBytes, budget.bufferedFrames]).toEqual([0, 0]);
});
