import { once } from 'node:events';
import type { Socket } from 'node:net';
import { MAX_METRICS_CONNECTIONS } from '../../lib/metrics/makeRoom';
import { metricsServer, type MetricsServer } from '../../lib/metrics/metricsServer';
import { client, readAll } from '../support/socket';

const pages = { contentType: 'text/plain', metrics: () => Promise.resolve('metrics\n'), isReady: () => true };

const livez = 'GET /livez HTTP/1.1\r\nhost: x\r\n\r\n';

/** Resolves with what the server says of a connection, when it has closed it. */
const closed = async (socket: Socket): Promise<string> => {
  const said = await readAll(socket.on('error', () => undefined)).catch(() => Buffer.alloc(0));
  socket.destroy();
  return String(said);
};

describe('metricsServer', () => {
  let server: MetricsServer;
  afterEach(() => server.close());

  /** So many connected clients, in the order in which the server has them. */
  const clients = async (count: number): Promise<Socket[]> => {
    const sockets: Socket[] = [];
    while (sockets.length < count) sockets.push(await client(server.local.port));
    return sockets;
  };

  it('answers a probe beside as many silent connections as there may be: the oldest makes room', async () => {
    server = await metricsServer({ host: '127.0.0.1', port: 0 }, pages, 60_000);
    const [oldest, ...others] = await clients(MAX_METRICS_CONNECTIONS);
    const gone = closed(oldest!);
    const response = await fetch(`http://127.0.0.1:${server.local.port}/livez`);
    expect([response.status, await gone]).toEqual([200, '']);
    for (const socket of others) {
      socket.write(livez);
      expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
      socket.destroy();
    }
  });

  it('takes a connection for silent again when it was answered', async () => {
    server = await metricsServer({ host: '127.0.0.1', port: 0 }, pages, 60_000);
    const [first, second, ...others] = await clients(MAX_METRICS_CONNECTIONS);
    first!.write(livez);
    await once(first!, 'data');
    const gone = closed(second!);
    const response = await fetch(`http://127.0.0.1:${server.local.port}/livez`);
    expect([response.status, await gone, first!.destroyed]).toEqual([200, '', false]);
    for (const socket of [first!, ...others]) socket.destroy();
  });

  it('closes a connection whose request does not arrive, and one whose request does not end', async () => {
    server = await metricsServer({ host: '127.0.0.1', port: 0 }, pages, 100);
    const [silent, slow] = await clients(2);
    const trickle = setInterval(() => slow!.write('x'), 10);
    slow!.write('GET /livez HTTP/1.1\r\nx');
    await closed(silent!);
    expect(await closed(slow!)).toMatch(/^(HTTP\/1\.1 408 |$)/);
    clearInterval(trickle);
  });
});
