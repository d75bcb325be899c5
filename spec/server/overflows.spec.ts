import { spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { filter, firstValueFrom, type Observable } from 'rxjs';
import type { EchoEvent } from '../../lib/events';
import { startEcho, type Echo } from '../../lib/server/startEcho';
import { installed, itOnLinux } from '../support/installed';

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
      await using echo = await startEcho({ udp: true, receiveBufferBytes: 1 });
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
    await using echo = await startEcho({ udp: true });
    using socket = await sender(echo.port);
    const kinds: string[] = [];
    echo.events.subscribe(({ kind }) => kinds.push(kind));
    burst(socket, 200);
    await echo.stop();
    expect(kinds.filter((kind) => kind === 'answered')).toHaveLength(200);
    expect(kinds).not.toContain('overflowed');
  });

  const withPython = process.platform === 'linux' ? installed('python3') : itOnLinux;
  withPython('counts connections that found the accept queue full', async () => {
    await using echo = await startEcho({ backlog: 1 });
    const told = firstValueFrom(overflows(echo));
    // This process accepts none meanwhile.
    const connects = `
import socket, time
sockets = [socket.socket() for _ in range(10)]
for each in sockets:
    each.setblocking(False)
    each.connect_ex(('127.0.0.1', ${echo.port}))
time.sleep(0.2)`;
    expect(spawnSync('python3', ['-c', connects]).status).toBe(0);
    const { transport, local, dropped } = await told;
    expect([transport, local]).toEqual(['tcp', undefined]);
    expect(dropped).toBeGreaterThan(0);
  });
});
