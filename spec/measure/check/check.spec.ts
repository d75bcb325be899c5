import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Transport } from '../../../lib/endpoint';
import { check } from '../../../lib/measure/check/check';
import type { CheckResult } from '../../../lib/measure/check/checkCase';
import { startEcho } from '../../../lib/server/startEcho';

jest.setTimeout(60_000);

const resultsOf = async (port: number, transport: Transport, limitMs = 1000): Promise<CheckResult[]> => {
  const results: CheckResult[] = [];
  for await (const result of check({ target: { host: '127.0.0.1', port }, transport, limitMs })) results.push(result);
  return results;
};

/** The cases that are not ok, as `name: detail`. */
const failuresOf = (results: readonly CheckResult[]): Record<string, string | undefined> =>
  Object.fromEntries(results.filter(({ verdict }) => verdict !== 'ok').map(({ name, detail }) => [name, detail]));

describe('check', () => {
  it.each(['tcp', 'udp'] as const)('finds nothing wrong with ccecho over %s', async (transport) => {
    await using echo = await startEcho({ tcp: true, udp: true, host: ['127.0.0.1', '127.0.0.2'] });
    const results = await resultsOf(echo.port, transport);
    expect(failuresOf(results)).toEqual({});
    expect(results.length).toBe(transport === 'tcp' ? 8 : 16);
  });

  const tcpServer = async (onSocket: (socket: Socket) => void, allowHalfOpen: boolean) => {
    const server = createServer({ allowHalfOpen }, (socket) => onSocket(socket.on('error', () => undefined)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return { port: (server.address() as AddressInfo).port, close: () => server.close() };
  };

  it('names a server that ends at a half-close', async () => {
    // It answers a turn later, and a half-close ends it before.
    const onSocket = (socket: Socket) =>
      socket.on('data', (data) => setImmediate(() => socket.write(data))).on('end', () => socket.destroy());
    const server = await tcpServer(onSocket, true);
    const results = await resultsOf(server.port, 'tcp');
    server.close();
    expect(results.find(({ name }) => name === '64 KiB, half-close')).toMatchObject({
      verdict: 'failed',
      cause: 'ends at a half-close: ncat -e, a pipe without allowHalfOpen',
    });
  });

  it('sees bytes that are not those that were sent', async () => {
    const server = await tcpServer(
      (socket) => socket.on('data', (data) => socket.write(data.map((byte) => byte ^ 1))),
      false,
    );
    const results = await resultsOf(server.port, 'tcp');
    server.close();
    expect(failuresOf(results)['1 B']).toBe('1 of 1 bytes came back, not as they were sent');
  });

  const udpServer = async (answer: (data: Buffer) => Buffer | undefined) => {
    const socket = createSocket('udp4');
    socket.on('message', (data, { port, address }) => {
      const reply = answer(data);
      if (reply) socket.send(reply, port, address);
    });
    await once(socket.bind(0, '127.0.0.1'), 'listening');
    return { port: socket.address().port, close: () => socket.close() };
  };

  it('names the servers that truncate to the same size', async () => {
    const server = await udpServer((data) => data.subarray(0, 2048));
    const results = await resultsOf(server.port, 'udp');
    server.close();
    const cut = results.find(({ name }) => name === '2049 B');
    expect(cut).toMatchObject({ verdict: 'failed', detail: 'truncated to 2048 bytes', cause: 'xinetd' });
    expect(results.find(({ name }) => name === '2048 B')?.verdict).toBe('ok');
  });

  it('does not accuse a server of datagrams that the path may have dropped', async () => {
    const server = await udpServer((data) => (data.length > 1472 ? undefined : data));
    const results = await resultsOf(server.port, 'udp', 200);
    server.close();
    expect(results.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    expect(results.find(({ name }) => name === '4096 B')).toMatchObject({ verdict: 'unknown' });
  });

  it('says sometimes of a server that only sometimes drops a burst', async () => {
    let bursts = 0;
    let lastMs = 0;
    const server = await udpServer((data) => {
      const nowMs = performance.now();
      if (data.length === 3 && nowMs - lastMs > 25) bursts += 1;
      lastMs = nowMs;
      // The paced case is one burst for each datagram.
      return bursts === 12 && data.length === 3 ? undefined : data;
    });
    const results = await resultsOf(server.port, 'udp', 300);
    server.close();
    expect(results.find(({ name }) => name === '10 x 3 B, at once')?.verdict).toBe('sometimes');
  });
});
