import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { lastValueFrom, timer } from 'rxjs';
import { EchoError } from '../../../lib/errors';
import { load, type LoadOptions } from '../../../lib/measure/load/load';
import { startEcho } from '../../../lib/server/startEcho';

jest.setTimeout(30_000);

const statsOf = (options: Omit<LoadOptions, 'host'>) =>
  lastValueFrom(load({ host: '127.0.0.1', durationMs: 200, ...options }));

describe('load', () => {
  it.each<[string, Omit<LoadOptions, 'host'>]>([
    ['one message at a time', {}],
    ['several under way on several connections', { connections: 5, depth: 8 }],
    ['messages larger than a read', { size: 200_000, depth: 2 }],
    ['a connection for each message', { reconnect: true, connections: 3 }],
    ['datagrams', { transport: 'udp', connections: 2, depth: 4 }],
    ['datagrams without a number', { transport: 'udp', size: 3 }],
    ['messages at a rate', { messagesPerSecond: 1000, connections: 2 }],
    ['datagrams at a rate', { transport: 'udp', messagesPerSecond: 1000 }],
  ])('gets %s back whole', async (_, options) => {
    await using echo = await startEcho({ tcp: true, udp: true });
    const stats = await statsOf({ port: echo.port, ...options });
    expect([...stats.errors]).toEqual([]);
    expect(stats.messages).toBeGreaterThan(3);
    expect(stats.bytes).toBe(stats.messages * (options.size ?? 64));
    expect(stats.rtt.count).toBe(stats.messages);
    expect(stats.fromDue.count).toBe(options.messagesPerSecond === undefined ? 0 : stats.messages);
  });

  it.each<[string, Omit<LoadOptions, 'host'>]>([
    ['a closed loop', { depth: 4, connections: 3 }],
    ['a schedule', { messagesPerSecond: 2000 }],
    ['datagrams', { transport: 'udp', depth: 4 }],
    ['a connection for each message', { reconnect: true }],
  ])('ends after a count of messages of %s', async (_, options) => {
    await using echo = await startEcho({ tcp: true, udp: true });
    const stats = await statsOf({ port: echo.port, count: 50, durationMs: 20_000, ...options });
    expect(stats.messages).toBe(50);
  });

  it('keeps as many under way after a reset as before', async () => {
    await using echo = await startEcho({ stages: ['reset,after=640B'] });
    const stats = await statsOf({ port: echo.port, depth: 16, count: 200, durationMs: 20_000 });
    // 10 of 16 messages come back over each connection.
    expect([...stats.errors.keys()]).toEqual(['reset']);
    expect(stats.messages + stats.errorCount).toBe(200);
    expect(stats.connections).toBeLessThan(30);
  });

  it('keeps to its rate', async () => {
    await using echo = await startEcho();
    const stats = await statsOf({ port: echo.port, messagesPerSecond: 500, durationMs: 500 });
    expect(stats.messages).toBeLessThanOrEqual(251);
    expect(stats.messages).toBeGreaterThan(150);
  });

  it('measures from the due time what a stall delays', async () => {
    await using echo = await startEcho({ stages: ['stall,after=50ms,for=100ms'] });
    const stats = await statsOf({ port: echo.port, messagesPerSecond: 200, durationMs: 400 });
    expect(stats.fromDue.max).toBeGreaterThan(50);
    expect(stats.fromDue.at(500)).toBeGreaterThanOrEqual(stats.rtt.at(500)!);
  });

  it('counts what comes back otherwise than it was sent', async () => {
    await using echo = await startEcho({ tcp: true, udp: true, stages: ['corrupt=100%'] });
    for (const transport of ['tcp', 'udp'] as const) {
      const stats = await statsOf({ port: echo.port, transport, size: 5000, timeoutMs: 50 });
      expect(stats.errorCount).toBeGreaterThan(0);
      expect(stats.messages).toBe(0);
    }
  });

  it('counts the messages of a connection that is reset, and goes on with another', async () => {
    await using echo = await startEcho({ stages: ['reset,after=640B'] });
    const stats = await statsOf({ port: echo.port });
    expect(stats.errors.get('reset')).toBeGreaterThan(0);
    expect(stats.messages).toBeGreaterThan(10);
    expect(stats.connections).toBeGreaterThan(1);
  });

  it('loses datagrams that are not answered in time, and goes on', async () => {
    let count = 0;
    const socket = createSocket('udp4').on('message', (data, { port, address }) => {
      count += 1;
      if (count % 10 !== 0) socket.send(data, port, address);
    });
    await once(socket.bind(0, '127.0.0.1'), 'listening');
    const stats = await statsOf({ port: socket.address().port, transport: 'udp', timeoutMs: 20 });
    socket.close();
    expect(stats.errors.get('timeout')).toBeGreaterThan(0);
    expect(stats.messages).toBeGreaterThan(9);
  });

  it('counts a server that closes', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).end());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const stats = await statsOf({ port: (server.address() as AddressInfo).port, durationMs: 100 });
    server.close();
    expect(stats.messages).toBe(0);
    expect(stats.errors.get('reset')).toBeGreaterThan(0);
  });

  it('ends at stop$', async () => {
    await using echo = await startEcho();
    const stats = await statsOf({ port: echo.port, durationMs: 60_000, stop$: timer(100) });
    expect(stats.elapsedMs).toBeLessThan(5000);
    expect(stats.messages).toBeGreaterThan(0);
  });

  it('errors when it cannot connect or resolve', async () => {
    const echo = await startEcho();
    await echo.stop();
    await expect(statsOf({ port: echo.port })).rejects.toMatchObject({ code: 'ERR_ECHO_CONNECTION' });
    await expect(lastValueFrom(load({ host: 'no.such.host.invalid' }))).rejects.toMatchObject({
      code: 'ERR_ECHO_CONNECTION',
    });
  });

  it.each([{ port: -1 }, { connections: 0 }, { size: 0 }, { depth: 0 }, { durationMs: 0 }, { messagesPerSecond: 0 }])(
    'throws for %j',
    (options) => {
      expect(() => load({ host: '::1', ...options })).toThrow(EchoError);
    },
  );
});
