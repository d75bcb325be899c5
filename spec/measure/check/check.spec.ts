import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Transport } from '../../../lib/endpoint';
import { check } from '../../../lib/measure/check/check';
import type { CheckResult } from '../../../lib/measure/check/checkCase';
import { startEcho } from '../../../lib/server/startEcho';
import { freePort } from '../../support/freePort';
import { installed } from '../../support/installed';

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

  /** Runs a foreign server, and checks it. */
  const checking = async (transport: Transport, command: (port: number) => readonly string[]) => {
    const port = await freePort();
    const [program, ...args] = command(port);
    const server = spawn(program!, args, { stdio: 'ignore', detached: true });
    const column = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
    const tables = [`/proc/net/${transport}`, `/proc/net/${transport}6`];
    const isListening = (): boolean =>
      tables.some((table) => existsSync(table) && readFileSync(table, 'utf8').includes(column));
    while (!isListening() && server.exitCode === null) await once(spawn('true'), 'close');
    try {
      return failuresOf(await resultsOf(port, transport));
    } finally {
      process.kill(-server.pid!, 'SIGKILL');
    }
  };

  installed('ncat', '--version')('finds what ncat -e cat loses over TCP', async () => {
    const failures = await checking('tcp', (port) => ['ncat', '-l', '-k', '-p', String(port), '-e', '/bin/cat']);
    // Which half-close it breaks depends on how fast it is.
    expect(Object.keys(failures).filter((name) => name.includes('half-close'))).not.toEqual([]);
  });

  installed('ncat', '--version')('finds what ncat -e cat truncates over UDP', async () => {
    const failures = await checking('udp', (port) => ['ncat', '-u', '-l', '-k', '-p', String(port), '-e', '/bin/cat']);
    expect(failures).toMatchObject({ '8193 B': 'truncated to 8192 bytes', '0 B': 'no answer' });
  });

  installed('socat', '-V')('finds that socat UDP-LISTEN,fork PIPE merges and truncates', async () => {
    const failures = await checking('udp', (port) => ['socat', `UDP-LISTEN:${port},fork`, 'PIPE']);
    expect(failures).toMatchObject({ '8193 B': 'truncated to 8192 bytes', '0 B': 'no answer' });
  });

  installed('socat', '-V')('finds nothing wrong with socat TCP-LISTEN,fork EXEC:cat', async () => {
    expect(await checking('tcp', (port) => ['socat', `TCP-LISTEN:${port},fork,reuseaddr`, 'EXEC:cat'])).toEqual({});
  });

  installed('python3', '--version')('finds that socketserver truncates to 8192 bytes', async () => {
    const program = `
import socketserver, sys
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        sock.sendto(data, self.client_address)
socketserver.ThreadingUDPServer(('127.0.0.1', int(sys.argv[1])), Echo).serve_forever()`;
    const failures = await checking('udp', (port) => ['python3', '-c', program, String(port)]);
    expect(failures).toMatchObject({ '8193 B': 'truncated to 8192 bytes' });
    expect(failures).not.toHaveProperty(['0 B']);
  });
});
