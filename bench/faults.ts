/**
 * Do the faults keep time, and memory? The rows that read a clock, so no part of the suite: delays as a client sees
 * them, speed under latency, a rate, and what is held for a client that pushes 1 GiB. `npm run bench:faults`
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { quantile } from './quantile';
import { row } from './row';
import { script, Server } from './server';

const MIB = 1024 * 1024;

const connected = async (port: number): Promise<Socket> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
};

/** One message at a time: how much later than it was sent each came back, in milliseconds. */
const roundTripsMs = async (port: number, count: number): Promise<number[]> => {
  const socket = await connected(port);
  const trips: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const sentMs = performance.now();
    socket.write('x');
    await once(socket, 'data');
    trips.push(performance.now() - sentMs);
  }
  socket.destroy();
  return trips.sort((a, b) => a - b);
};

/** Sends so many bytes and reads them back; the time from the first byte to the last, in milliseconds. */
const bulkMs = async (port: number, bytes: number): Promise<number> => {
  const socket = await connected(port);
  const chunk = Buffer.alloc(256 * 1024);
  let received = 0;
  socket.on('data', (data) => (received += data.byteLength));
  const startMs = performance.now();
  for (let sent = 0; sent < bytes; sent += chunk.byteLength) {
    const flowing = socket.write(chunk.subarray(0, Math.min(chunk.byteLength, bytes - sent)));
    if (!flowing) await once(socket, 'drain');
  }
  socket.end();
  await once(socket, 'end');
  if (received !== bytes) throw new Error(`${received} of ${bytes} bytes came back`);
  return performance.now() - startMs;
};

const latencyRow = async (): Promise<void> => {
  const server = await Server.start(script('ccecho', 'tcp', '0', 'latency=50ms'));
  const trips = await roundTripsMs(server.port, 300);
  await server.stop();
  const [least, p50, p99] = [trips[0]!, quantile(trips, 0.5), quantile(trips, 0.99)];
  const seen = `least ${least.toFixed(2)}, p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)} ms`;
  row(
    'latency=50ms, 300 round trips',
    seen,
    'never early, p50 <= 52, p99 <= 60 ms',
    least >= 49.99 && p50 <= 52 && p99 <= 60,
  );
};

const jitterRow = async (): Promise<void> => {
  const server = await Server.start(script('ccecho', 'tcp', '0', 'latency=50ms,jitter=10ms'));
  const trips = await roundTripsMs(server.port, 200);
  await server.stop();
  const [least, most] = [trips[0]!, quantile(trips, 0.99)];
  row(
    'latency=50ms,jitter=10ms',
    `${least.toFixed(1)} to ${most.toFixed(1)} ms`,
    '50 ± (10 + 10) ms',
    least >= 39.9 && most <= 70,
  );
};

const bulkRow = async (): Promise<void> => {
  const bytes = 512 * MIB;
  const ratios: number[] = [];
  let best = 0;
  for (let round = 0; round < 3; round += 1) {
    const [plain, late] = [
      await Server.start(script('ccecho', 'tcp')),
      await Server.start(script('ccecho', 'tcp', '0', 'latency=100ms')),
    ];
    const plainMs = await bulkMs(plain.port, bytes);
    const lateMs = await bulkMs(late.port, bytes);
    await Promise.all([plain.stop(), late.stop()]);
    ratios.push(plainMs / lateMs);
    best = Math.max(best, bytes / 1e3 / lateMs);
  }
  const ratio = quantile(
    ratios.sort((a, b) => a - b),
    0.5,
  );
  row(
    'latency=100ms, 512 MiB',
    `${best.toFixed(0)} MB/s, ${ratio.toFixed(2)} of plain`,
    '>= 100 MB/s or 90 % of plain',
    best >= 100 || ratio >= 0.9,
  );
};

const rateRow = async (): Promise<void> => {
  const server = await Server.start(script('ccecho', 'tcp', '0', 'rate=1000kB/s'));
  // The first connection of a process pays for compiling what the others use.
  await bulkMs(server.port, 10_000);
  const ms = await bulkMs(server.port, 480_000);
  await server.stop();
  row('rate=1000kB/s, 480 kB', `${ms.toFixed(1)} ms`, '480 ± 10 ms', Math.abs(ms - 480) <= 10);
};

/** A client offers 1 GiB for as long as it is let, then ends its side; everything that was taken has to come back. */
const memoryRow = async (): Promise<void> => {
  const server = await Server.start(script('ccecho', 'tcp', '0', 'latency=10s'));
  const before = await server.usage();
  const socket = await connected(server.port);
  const chunk = Buffer.alloc(256 * 1024);
  let received = 0;
  let sent = 0;
  let peakRss = 0;
  socket.on('data', (data) => (received += data.byteLength));
  const untilMs = performance.now() + 25_000;
  while (sent < 1024 * MIB && performance.now() < untilMs) {
    sent += chunk.byteLength;
    if (!socket.write(chunk))
      await Promise.race([once(socket, 'drain'), new Promise((resolve) => setTimeout(resolve, 1000))]);
    peakRss = Math.max(peakRss, (await server.usage()).rssBytes);
    if (socket.writableLength > 8 * MIB) await once(socket, 'drain');
  }
  socket.end();
  await once(socket, 'end');
  const bufferedBytes = (await server.usage()).counts['latency']?.['bufferedBytes'] ?? 0;
  await server.stop();
  const grown = peakRss - before.rssBytes;
  const seen = `buffered at most ${(bufferedBytes / MIB).toFixed(2)} MiB, RSS grew ${(grown / MIB).toFixed(0)} MiB, ${received} of ${sent} bytes back`;
  row(
    'latency=10s, a client that pushes',
    seen,
    '<= 16 MiB and one read, < 64 MiB, all',
    bufferedBytes <= 16 * MIB + 65536 && grown < 64 * MIB && received === sent,
  );
};

const main = async (): Promise<void> => {
  for (const measure of [latencyRow, jitterRow, rateRow, bulkRow, memoryRow]) await measure();
};

void main();
