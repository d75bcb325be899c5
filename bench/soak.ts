/**
 * Does the server last? Thousands of clients at once that echo, half-close, reset and stall, floods of datagrams beside,
 * under faults; then nobody, to see what leaked; then a stop while every connection has bytes on their way.
 * `npm run bench:soak`, or `npm run bench:soak -- --minutes 1 --connections 500`
 */
import { parseArgs } from 'node:util';
import { accepted, flood, keepOpening, MESSAGE_BYTES, pause, seen } from './clients';
import { row } from './row';
import { script, Server, type Usage } from './server';

const FAULTS = ['latency=20ms,jitter=10ms', 'loss=1%,on=udp'];
const FLOODS = 8;
const MIB = 1024 * 1024;
const PEAK_BYTES = 512 * MIB;

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`;

const openOf = ({ counts }: Usage): number => counts['connections']!['opened']! - counts['connections']!['closed']!;

/** Waits until the server is as idle as at its start, for 10 s at most: connections linger for one after our FIN. */
const calm = async (server: Server, descriptors: number): Promise<Usage> => {
  for (let tries = 0; ; tries += 1) {
    const usage = await server.usage();
    if (tries === 100 || (openOf(usage) === 0 && server.descriptors <= descriptors)) return usage;
    await pause(100);
  }
};

/** Minutes of it, then nobody: what is still open, and what it took. */
const churnRows = async (server: Server, connections: number, minutes: number): Promise<void> => {
  const before = await server.usage();
  const { descriptors } = server;
  const untilMs = performance.now() + minutes * 60_000;
  const running = (): boolean => performance.now() < untilMs && server.running;
  const loops = Array.from({ length: connections }, (_, id) => keepOpening(server.port, id, running));
  await Promise.all(loops);
  const after = await calm(server, descriptors);
  const { opened, whole, halfClosed, reset, stalled, failed } = seen;
  row(
    `${connections} clients at once for ${minutes} min`,
    `${opened} connections opened; ${whole} echoed whole, ${halfClosed} half-closed and echoed whole, ${reset} reset, ${stalled} stalled and reset; ${failed} failed`,
    'some of each, 0 failed',
    failed === 0 && Math.min(whole, halfClosed, reset, stalled) > 0,
  );
  row('connections leaked', `${openOf(after)}`, '0 once all clients are gone', openOf(after) === 0);
  const left = server.descriptors - descriptors;
  row('sockets left', `${left} more than the ${descriptors} of the start`, '0', left <= 0);
  row(
    'memory',
    `RSS ${mib(before.rssBytes)} before, ${mib(after.peakBytes)} at the peak, ${mib(after.rssBytes)} after`,
    `peak < ${mib(PEAK_BYTES)}`,
    after.peakBytes < PEAK_BYTES,
  );
  const broken = after.counts['connections']!['failed']!;
  row('listeners and stages that failed', `${broken}`, '0', broken === 0);
};

/** All send at once, and at once the stop follows: each of them reads, so each gets all of it back. */
const stopRow = async (server: Server, connections: number): Promise<void> => {
  const clients: Awaited<ReturnType<typeof accepted>>[] = [];
  while (clients.length < connections) {
    const batch = Array.from({ length: Math.min(200, connections - clients.length) }, (_, i) => clients.length + i);
    clients.push(...(await Promise.all(batch.map((id) => accepted(server.port, id)))));
  }
  for (const { send } of clients) send();
  const report = await server.stop();
  const back = await Promise.all(clients.map((client) => client.back));
  const whole = back.filter((bytes) => bytes === 1 + MESSAGE_BYTES).length;
  const { connectionsDrained, connectionsAborted, bytesPending, datagramsLost } = report;
  row(
    'the stop, every connection of a client that reads and has bytes on their way',
    `${whole} of ${connections} got all back; ${connectionsDrained} drained, ${connectionsAborted} cut, ${bytesPending} bytes owed, ${datagramsLost} datagrams lost`,
    'all; 0 cut, 0 owed, 0 lost',
    whole === connections && connectionsAborted + bytesPending + datagramsLost === 0,
  );
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '3' }, connections: { type: 'string', default: '2000' } },
  });
  const server = await Server.start(script('ccecho', 'both', '0', ...FAULTS));
  const floods = Array.from({ length: FLOODS }, (_, id) => flood(server.port, id));
  try {
    await churnRows(server, Number(values.connections), Number(values.minutes));
    await stopRow(server, Number(values.connections));
  } catch (error) {
    row('the server', String(error), 'lives until it is stopped', false);
  }
  for (const end of floods) end();
  const { sent, back, wrongBytes } = seen;
  row(`datagrams of 0 to 1472 bytes from ${FLOODS} sockets`, `${sent} sent, ${back} back`, 'some back', back > 0);
  row('wrong bytes', `${wrongBytes}`, '0', wrongBytes === 0);
  const status = await Promise.race([server.exited, pause(10_000)]);
  const said = Buffer.byteLength(server.stderr);
  row(
    'unhandled errors',
    `exit status ${status ?? 'none'}, ${said} bytes on stderr`,
    '0, 0',
    status === 0 && said === 0,
  );
  if (status === undefined) await server.kill();
};

void main();
