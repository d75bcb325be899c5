import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { startEcho } from '../../lib/server/startEcho';
import { ccecho } from '../support/process';
import { udpClient } from '../support/udp';

jest.setTimeout(60_000);

/** Asks from so many ports, twenty at a time. */
const askFrom = async (ports: number, port: number): Promise<void> => {
  const ask = async (n: number): Promise<void> => {
    await using peer = await udpClient(port);
    peer.send(`from port ${n}`);
    expect(String(await peer.next())).toBe(`from port ${n}`);
  };
  for (let n = 0; n < ports; n += 20) await Promise.all(Array.from({ length: 20 }, (_, index) => ask(n + index)));
};

describe('thousands of UDP sources', () => {
  const faults = ['latency=1ms', 'loss=0%', 'corrupt=0%', 'duplicate=0%', 'reorder=0%'];

  it('are all answered by a server with a small heap, which logs the limit', async () => {
    const options = { env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=50' } };
    const words = faults.flatMap((fault) => ['--fault', fault]);
    await using server = ccecho(['--udp', '--host', '127.0.0.1', '--log-level', 'debug', ...words], options);
    const port = await server.port();
    // A log that nobody reads would be dropped, and is not what is tried here.
    server.child.stderr.resume();
    const [, flows] = await server.stderr.until(/at most (\d+) UDP flows/);
    expect(Number(flows)).toBeLessThan(1000);
    await askFrom(1000, port);
    expect(await server.stop()).toBe(0);
  });

  it('leave none of their datagrams unanswered', async () => {
    await using echo = await startEcho({ udp: true, stages: ['latency=0ms'] });
    const sent = Buffer.alloc(60_000);
    const socket = createSocket('udp4');
    const sockets = [socket];
    const before = process.memoryUsage().arrayBuffers;
    for (let n = 0; n < 100; n += 1) {
      const each = createSocket('udp4');
      sockets.push(each);
      each.send(sent, echo.port, '127.0.0.1');
      await once(each, 'message');
    }
    await collected(before + 50 * sent.byteLength);
    for (const each of sockets) each.close();
  });
});

/** Waits until the collector has taken what nobody keeps. */
const collected = async (bytes: number): Promise<void> => {
  while (process.memoryUsage().arrayBuffers > bytes) {
    Buffer.allocUnsafeSlow(1024 * 1024).fill(0);
    await new Promise((resolve) => setImmediate(resolve));
  }
};
