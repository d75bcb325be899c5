import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { lastValueFrom, timer } from 'rxjs';
import { EchoError } from '../../../lib/errors';
import { probe, type ProbeOptions } from '../../../lib/measure/probe/probe';
import { startEcho } from '../../../lib/server/startEcho';
import { ExactRelay } from '../../support/exactRelay';

jest.setTimeout(30_000);

const statsOf = (options: Omit<ProbeOptions, 'host'>) => lastValueFrom(probe({ host: '127.0.0.1', ...options }));

describe('probe', () => {
  it.each(['tcp', 'udp'] as const)('gets every probe back from an echo over %s', async (transport) => {
    await using echo = await startEcho({ tcp: true, udp: true });
    const stats = await statsOf({ port: echo.port, transport, count: 50, intervalMs: 1 });
    expect(stats).toMatchObject({ sent: 50, received: 50, lost: 0, late: 0, corrupt: 0, duplicates: 0 });
    expect(stats.rtt.count).toBe(50);
  });

  it.each([0, 1, 7, 8, 1400, 65_507])('verifies datagrams of %d bytes', async (size) => {
    await using echo = await startEcho({ udp: true, tcp: false });
    const stats = await statsOf({ port: echo.port, size, count: 3, intervalMs: 2 });
    expect(stats).toMatchObject({ sent: 3, received: 3, lost: 0 });
  });

  it.each([
    [{ drop: 10, duplicate: 7 }, { lost: 100, duplicates: 128 }, 0],
    [{ swap: 5 }, { lost: 0, duplicates: 0 }, 200],
  ])('counts exactly what a relay did to 1000 probes: %j', async (faults, counts, reordered) => {
    await using relay = await ExactRelay.open(faults);
    const stats = await statsOf({ port: relay.port, count: 1000, intervalMs: 1, timeoutMs: 500 });
    expect(stats).toMatchObject({ sent: 1000, received: 1000 - counts.lost, ...counts });
    expect(stats.reordering.reordered).toBe(reordered);
  });

  it('finds in stages of an echo what they do', async () => {
    await using echo = await startEcho({ udp: true, tcp: false, stages: ['corrupt=100%'] });
    const stats = await statsOf({ port: echo.port, count: 5, intervalMs: 2, timeoutMs: 100 });
    expect(stats.received).toBe(0);
    // A damaged number can be that of another probe.
    expect(stats.corrupt + stats.stray + stats.duplicates).toBeGreaterThanOrEqual(5);
  });

  it('loses everything at a port where nothing listens, and learns that it refuses', async () => {
    const echo = await startEcho({ udp: true, tcp: false });
    await echo.stop();
    const stats = await statsOf({ port: echo.port, count: 3, intervalMs: 5, timeoutMs: 50 });
    expect(stats).toMatchObject({ sent: 3, received: 0, lost: 3 });
    expect(stats.refused).toBeGreaterThan(0);
    expect(stats.losses).toMatchObject({ periods: 1, longest: 3 });
  });

  it('uses the flows in turn', async () => {
    await using echo = await startEcho({ udp: true, tcp: false });
    const stats = await statsOf({ port: echo.port, flows: 4, count: 20, intervalMs: 1 });
    expect(stats.flows.map(({ sent, received }) => [sent, received])).toEqual(new Array(4).fill([5, 5]));
  });

  it('calls an answer late that a stall delays over the timeout, and shows the ramp', async () => {
    await using echo = await startEcho({ stages: ['stall,after=20ms,for=150ms'] });
    const stats = await statsOf({ port: echo.port, transport: 'tcp', count: 30, intervalMs: 5, timeoutMs: 100 });
    expect(stats).toMatchObject({ sent: 30, received: 30, lost: 0 });
    expect(stats.late).toBeGreaterThan(0);
    expect(stats.rtt.max).toBeGreaterThan(100);
  });

  it('loses what a connection has not returned that is reset, and connects again', async () => {
    await using echo = await startEcho({ stages: ['reset,after=640B'] });
    const stats = await statsOf({ port: echo.port, transport: 'tcp', count: 40, intervalMs: 10, timeoutMs: 100 });
    expect(stats.disconnects).toBeGreaterThan(0);
    expect(stats.received).toBeGreaterThan(10);
    expect(stats.received + stats.lost + stats.sendErrors).toBe(40);
  });

  it('opens a connection for each probe with reconnect', async () => {
    await using echo = await startEcho();
    const stats = await statsOf({ port: echo.port, transport: 'tcp', reconnect: true, count: 5, intervalMs: 20 });
    expect(stats).toMatchObject({ sent: 5, received: 5 });
    expect(stats.connect.count).toBe(5);
  });

  it('measures connections that overlap, and loses the one that is reset', async () => {
    await using slow = await startEcho({ stages: ['latency=60ms'] });
    const options = { transport: 'tcp', reconnect: true, count: 10, intervalMs: 5 } as const;
    const stats = await statsOf({ port: slow.port, ...options });
    expect(stats).toMatchObject({ sent: 10, received: 10 });
    expect(stats.rtt.min).toBeGreaterThanOrEqual(60);
    await using broken = await startEcho({ stages: ['reset,after=10B,toxicity=50%'], seed: 3 });
    const { received, truncated, lost } = await statsOf({ port: broken.port, ...options });
    expect(received).toBeGreaterThan(0);
    expect(received + truncated + lost).toBe(10);
    expect(received).toBeLessThan(10);
  });

  it('stops sending at stop$, and waits for what is outstanding', async () => {
    await using echo = await startEcho({ stages: ['latency=50ms'] });
    const stats = await statsOf({ port: echo.port, transport: 'tcp', intervalMs: 5, stop$: timer(60) });
    // A busy machine misses slots.
    expect(stats.sent).toBeGreaterThan(0);
    expect(stats.sent).toBeLessThan(15);
    expect(stats.received).toBe(stats.sent);
  });

  it('does not wait for a server that answers rubbish, or never', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).end('rubbish'.repeat(100)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const stats = await statsOf({ port, transport: 'tcp', count: 3, intervalMs: 5, timeoutMs: 50 });
    server.close();
    expect(stats.received).toBe(0);
  });

  it('errors when it cannot resolve or connect', async () => {
    await expect(lastValueFrom(probe({ host: 'no.such.host.invalid' }))).rejects.toMatchObject({
      code: 'ERR_ECHO_CONNECTION',
    });
    const echo = await startEcho();
    await echo.stop();
    await expect(statsOf({ port: echo.port, transport: 'tcp' })).rejects.toMatchObject({ code: 'ERR_ECHO_CONNECTION' });
  });

  it.each([{ port: 70_000 }, { count: 0 }, { intervalMs: 0.5 }, { size: -1 }, { size: 70_000 }, { flows: 0 }])(
    'throws for %j',
    (options) => {
      expect(() => probe({ host: '::1', ...options })).toThrow(EchoError);
    },
  );
});
