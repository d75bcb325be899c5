import { connect } from 'node:net';
import { delay, filter, firstValueFrom, lastValueFrom, map, of, Subject, take, toArray } from 'rxjs';
import { perChunk } from '../../lib/stages/perChunk';
import { startEcho } from '../../lib/server/startEcho';
import { client, read, readAll } from '../support/socket';
import { udpClient, udpPortIsFree } from '../support/udp';
import { freePort } from '../support/freePort';

const refused = { code: 'ECONNREFUSED' };
const lostNothing = { connectionsDrained: 0, connectionsAborted: 0, bytesPending: 0, datagramsLost: 0 };

describe('startEcho', () => {
  it('serves TCP on a free port of 127.0.0.1', async () => {
    await using echo = await startEcho();
    expect(echo.addresses).toEqual([{ transport: 'tcp', host: '127.0.0.1', port: echo.port }]);
    const socket = await client(echo.port);
    socket.end('hello');
    expect(String(await readAll(socket))).toBe('hello');
    expect(await udpPortIsFree(echo.port)).toBe(true);
  });

  it('serves UDP alone when it is asked for that alone', async () => {
    await using echo = await startEcho({ udp: true });
    expect(echo.addresses).toEqual([{ transport: 'udp', host: '127.0.0.1', port: echo.port }]);
    await using peer = await udpClient(echo.port);
    peer.send('hello');
    expect(String(await peer.next())).toBe('hello');
    await expect(client(echo.port)).rejects.toMatchObject(refused);
  });

  it('serves both on one port, and names TCP first', async () => {
    await using echo = await startEcho({ tcp: true, udp: true });
    expect(echo.addresses).toEqual([
      { transport: 'tcp', host: '127.0.0.1', port: echo.port },
      { transport: 'udp', host: '127.0.0.1', port: echo.port },
    ]);
  });

  it('sends everything through the stages', async () => {
    const shout = () => map((data: Buffer) => Buffer.from(String(data).toUpperCase()));
    await using echo = await startEcho({ tcp: true, udp: true, stages: [shout] });
    const socket = await client(echo.port);
    socket.end('stream');
    expect(String(await readAll(socket))).toBe('STREAM');
    await using peer = await udpClient(echo.port);
    peer.send('datagram');
    expect(String(await peer.next())).toBe('DATAGRAM');
  });

  it('reports the datagrams that it drops after a stage has ended their flow', async () => {
    await using echo = await startEcho({ udp: true, stages: [() => take(1)] });
    const dropped = firstValueFrom(echo.events.pipe(filter(({ kind }) => kind === 'dropped')));
    await using peer = await udpClient(echo.port);
    peer.send('answered');
    expect(String(await peer.next())).toBe('answered');
    peer.send('not');
    const remote = { host: '127.0.0.1', port: peer.port };
    expect(await dropped).toEqual({ kind: 'dropped', reason: 'flow ended', remote, bytes: 3 });
  });

  it('rejects when the port is taken, and leaves the other transport free', async () => {
    const port = await freePort();
    await using taken = await startEcho({ udp: true, port });
    expect(taken.port).toBe(port);
    await expect(startEcho({ tcp: true, udp: true, port })).rejects.toMatchObject({ code: 'ERR_ECHO_LISTEN' });
    await using beside = await startEcho({ port });
    expect(beside.port).toBe(port);
  });

  it.each([{ port: -1 }, { graceMs: -1 }, { graceMs: NaN }, { lingerMs: -1 }])('rejects for %p', async (options) => {
    await expect(startEcho(options)).rejects.toMatchObject({ code: 'ERR_ECHO_OPTION' });
  });

  it('rejects when the signal came first', async () => {
    const stopped = { code: 'ERR_ECHO_STOPPED' };
    await expect(startEcho({ signal: AbortSignal.abort() })).rejects.toMatchObject(stopped);
    await expect(startEcho({ signal: of('stop') })).rejects.toMatchObject(stopped);
  });

  it('rejects when the signal comes before it listens', async () => {
    const abort = new AbortController();
    const starting = startEcho({ signal: abort.signal });
    abort.abort();
    await expect(starting).rejects.toMatchObject({ code: 'ERR_ECHO_STOPPED' });
  });

  it('stops when the AbortSignal aborts', async () => {
    const abort = new AbortController();
    await using echo = await startEcho({ tcp: true, udp: true, signal: abort.signal });
    const last = lastValueFrom(echo.events);
    abort.abort();
    expect((await last).kind).toBe('stopped');
    await expect(client(echo.port)).rejects.toMatchObject(refused);
    expect(await udpPortIsFree(echo.port)).toBe(true);
  });

  it('stops when the Observable emits', async () => {
    const signal = new Subject<string>();
    await using echo = await startEcho({ signal });
    const last = lastValueFrom(echo.events);
    signal.next('stop');
    expect((await last).kind).toBe('stopped');
  });

  it('serves at most maxConnections connections, and reports the others', async () => {
    await using echo = await startEcho({ maxConnections: 1 });
    const first = await client(echo.port);
    first.write('hello');
    await read(first, 5);
    const refused = firstValueFrom(echo.events.pipe(filter(({ kind }) => kind === 'refused')));
    const second = connect(echo.port, '127.0.0.1').on('error', () => undefined);
    expect(await refused).toMatchObject({ transport: 'tcp', reason: 'max-connections' });
    first.destroy();
    second.destroy();
  });

  it('refuses limits out of their range', async () => {
    for (const limit of [{ maxConnections: 0 }, { maxBufferedBytes: NaN }, { idleTimeoutMs: 0 }]) {
      await expect(startEcho(limit)).rejects.toMatchObject({ code: 'ERR_ECHO_OPTION' });
    }
  });

  it('resolves every stop with the same report', async () => {
    await using echo = await startEcho();
    const socket = await client(echo.port);
    socket.write('hello');
    await read(socket, 5);
    const first = echo.stop();
    const second = echo.stop({ graceMs: 1 });
    socket.resume().end();
    expect(await first).toEqual({ ...lostNothing, connectionsDrained: 1 });
    expect(await second).toBe(await first);
    expect(await echo.stop()).toBe(await first);
    socket.destroy();
  });

  it('frees the ports when it is disposed of', async () => {
    const echo = await startEcho({ tcp: true, udp: true });
    await echo[Symbol.asyncDispose]();
    await expect(client(echo.port)).rejects.toMatchObject(refused);
    expect(await udpPortIsFree(echo.port)).toBe(true);
  });

  it('cuts what is left when graceMs of the stop are over', async () => {
    await using echo = await startEcho({ udp: true, stages: [perChunk(delay(60_000))], graceMs: 60_000 });
    await using peer = await udpClient(echo.port);
    const opened = firstValueFrom(echo.events.pipe(filter(({ kind }) => kind === 'opened')));
    peer.send('held');
    await opened;
    expect(await echo.stop({ graceMs: 20 })).toEqual({ ...lostNothing, datagramsLost: 1 });
  });

  it('rejects a stop with an invalid graceMs, and continues', async () => {
    await using echo = await startEcho();
    await expect((async () => echo.stop({ graceMs: -1 }))()).rejects.toMatchObject({ code: 'ERR_ECHO_OPTION' });
    const socket = await client(echo.port);
    socket.end('still here');
    expect(String(await readAll(socket))).toBe('still here');
  });

  it('emits to every subscriber first that it listens, and last that it has stopped', async () => {
    await using echo = await startEcho({ tcp: true, udp: true, answered: true });
    const early = lastValueFrom(
      echo.events.pipe(
        map(({ kind }) => kind),
        toArray(),
      ),
    );
    await using peer = await udpClient(echo.port);
    peer.send('hello');
    await peer.next();
    const late = lastValueFrom(
      echo.events.pipe(
        map(({ kind }) => kind),
        toArray(),
      ),
    );
    await echo.stop();
    expect(await early).toEqual(['listening', 'listening', 'answered', 'stopping', 'stopped']);
    expect(await late).toEqual(['listening', 'listening', 'stopping', 'stopped']);
  });
});
