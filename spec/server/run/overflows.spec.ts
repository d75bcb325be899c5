import { execFile } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { filter, firstValueFrom, type Observable } from 'rxjs';
import type { EchoEvent } from '../../../lib/events';
import { startEcho, type Echo } from '../../../lib/server/startEcho';
import { itOnLinux } from '../../support/installed';
import { itWithNamespaces, network } from '../../support/namespaces';
import { runtime } from '../../support/process';

jest.setTimeout(20_000);

type Overflowed = Extract<EchoEvent, { kind: 'overflowed' }>;

const overflows = ({ events }: Echo): Observable<Overflowed> =>
  events.pipe(filter((event): event is Overflowed => event.kind === 'overflowed'));

/** A socket whose datagrams are with the kernel when `send` returns: the server is in this very process, and reads none. */
const sender = async (port: number): Promise<Socket & Disposable> => {
  const socket = createSocket('udp4');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.close() });
};

const burst = (socket: Socket, datagrams: number): void => {
  for (let sent = 0; sent < datagrams; sent += 1) socket.send('hello');
};

describe('overflowed', () => {
  itOnLinux(
    'counts each datagram for which the receive buffer had no room, while it serves and at the stop',
    async () => {
      await using echo = await startEcho({ udp: true, receiveBufferBytes: 1, answered: true });
      using socket = await sender(echo.port);
      let answered = 0;
      let dropped = 0;
      echo.events.subscribe((event) => {
        if (event.kind === 'answered') answered += 1;
        if (event.kind === 'overflowed') dropped += event.dropped;
      });
      burst(socket, 100);
      const first = await firstValueFrom(overflows(echo));
      expect(first).toMatchObject({ transport: 'udp', local: { host: '127.0.0.1', port: echo.port } });
      burst(socket, 100);
      expect(await echo.stop()).toMatchObject({ datagramsLost: 0 });
      expect(dropped).toBeGreaterThan(first.dropped);
      expect(answered + dropped).toBe(200);
    },
  );

  itOnLinux('does not come of the same burst with the buffer that is asked for by default', async () => {
    await using echo = await startEcho({ udp: true, answered: true });
    using socket = await sender(echo.port);
    const kinds: string[] = [];
    echo.events.subscribe(({ kind }) => kinds.push(kind));
    burst(socket, 200);
    await echo.stop();
    expect(kinds.filter((kind) => kind === 'answered')).toHaveLength(200);
    expect(kinds).not.toContain('overflowed');
  });

  // In a network of its own: the kernel counts for all servers together, and others run beside this one.
  itWithNamespaces('counts connections that found the accept queue full', async () => {
    using net = network();
    const words = [...net.on('server'), runtime, '-e', fullQueue, join(__dirname, '../../../dist/lib/index.js')];
    const { stdout } = await promisify(execFile)('ip', words);
    const { transport, local, dropped } = JSON.parse(stdout) as Overflowed;
    expect([transport, local]).toEqual(['tcp', undefined]);
    expect(dropped).toBeGreaterThan(0);
  });
});

/** A server that accepts none of ten connections while a client makes them; prints what it says of that. */
const fullQueue = `
const { startEcho } = require(process.argv[1]);
const { spawnSync } = require('node:child_process');
const { filter, firstValueFrom } = require('rxjs');
const connects = (port) => \`
import socket, time
sockets = [socket.socket() for _ in range(10)]
for each in sockets:
    each.setblocking(False)
    each.connect_ex(('127.0.0.1', \${port}))
time.sleep(0.2)\`;
startEcho({ backlog: 1 }).then(async (echo) => {
  const told = firstValueFrom(echo.events.pipe(filter(({ kind }) => kind === 'overflowed')));
  spawnSync('python3', ['-c', connects(echo.port)]);
  console.log(JSON.stringify(await told));
  await echo.stop();
});`;
