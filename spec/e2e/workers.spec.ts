import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as waited } from 'node:timers/promises';
import { flood } from '../support/flood';
import { itWhere } from '../support/installed';
import { bin, ccecho, runtime, start, type RunningServer } from '../support/process';
import { client, read, readAll } from '../support/socket';
import { udpClient, type UdpClient } from '../support/udp';

jest.setTimeout(30_000);

const workers = (...words: string[]): RunningServer => ccecho(['--host', '127.0.0.1', '--workers', '2', ...words]);
const withJson = (...words: string[]): RunningServer => workers('--log-format', 'json', ...words);
const inGroup = (...words: string[]): RunningServer =>
  ccecho(['--host', '127.0.0.1', '--workers', '2', ...words], { detached: true });

type Line = Readonly<Record<string, unknown>>;
const jsonLines = (lines: readonly string[]): Line[] => lines.map((line) => JSON.parse(line) as Line);
const eventsOf = (server: RunningServer, event: string): Line[] =>
  jsonLines(server.stdout.lines).filter((line) => line['event'] === event);

/** Asks until somebody answers: while nobody has the port, the system says so. */
const answered = async (peer: UdpClient, question: string): Promise<string> => {
  peer.send(question);
  try {
    return (await peer.next()).toString();
  } catch {
    await waited(20);
    return answered(peer, question);
  }
};

/** Resolves with the events of a kind when there are so many. */
const until = async (server: RunningServer, event: string, count: number): Promise<Line[]> => {
  while (eventsOf(server, event).length < count) await once(server.stdout, 'grown');
  return eventsOf(server, event);
};

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
const itWithProc = itWhere(existsSync('/proc/self/task'), 'there is no /proc to read the workers from');

/** Connects so many clients one after the other, each of which has one byte back. */
const clients = async (server: RunningServer, count: number) => {
  const sockets = [];
  for (let n = 0; n < count; n += 1) {
    const socket = await server.client();
    socket.write('x');
    await read(socket, 1);
    sockets.push(socket);
  }
  return sockets;
};

describe('ccecho --workers 2', () => {
  it('logs once that it listens, spreads connections, and ends with one status', async () => {
    await using server = withJson('--tcp', '--udp', '--summary');
    const port = await server.port();
    const sockets = await clients(server, 100);
    for (const socket of sockets) socket.end();
    await until(server, 'closed', 100);
    expect(await server.stop()).toBe(0);

    const [tcp, udp, ...others] = eventsOf(server, 'listening').map(({ transport, local }) => [transport, local]);
    expect([tcp, udp]).toEqual([
      ['tcp', `127.0.0.1:${port}`],
      ['udp', `127.0.0.1:${port}`],
    ]);
    expect(others).toEqual([]);
    const first = eventsOf(server, 'opened').filter(({ worker }) => worker === 1);
    expect(first.length).toBeGreaterThanOrEqual(40);
    expect(first.length).toBeLessThanOrEqual(60);
    expect(first.map(({ id }) => id)).toEqual(first.map((_, index) => index + 1));
    expect(jsonLines(server.stderr.lines)).toMatchObject([
      { event: 'summary', message: 'tcp: 100 connections, 0 open, 100 B in, 100 B out' },
    ]);
  });

  it('limits the connections of one source in each worker, and logs why one is refused', async () => {
    await using server = workers('--max-connections-per-source', '1', '--summary');
    await server.port();
    const isServed = (socket: Socket): Promise<boolean> =>
      new Promise((resolve) => {
        socket.on('error', () => undefined).once('close', () => resolve(false));
        socket.once('data', () => resolve(true)).write('x');
      });
    const sockets: Socket[] = [];
    const connected = (socket: Socket): Promise<boolean> => (sockets.push(socket), isServed(socket));
    const fates = await Promise.all(Array.from({ length: 20 }, () => server.client().then(connected)));
    expect(fates.filter(Boolean)).toHaveLength(2);
    sockets.forEach((socket) => socket.end());
    expect(await server.stop()).toBe(0);
    expect(server.stderr.text).toContain('18 refused (18 max-connections-per-source)');
  });

  it('writes in text the transcript of one server, and answers the datagrams of one peer in their order', async () => {
    await using server = workers('--tcp', '--udp');
    await using peer = await udpClient(await server.port());
    const answers: number[] = [];
    for (let sent = 0; sent < 2000; sent += 50) {
      for (let burst = 0; burst < 50; burst += 1) peer.send(String(sent + burst));
      for (let burst = 0; burst < 50; burst += 1) answers.push(Number(await peer.next()));
    }
    expect(answers).toEqual(Array.from({ length: 2000 }, (_, index) => index));

    const socket = await server.client();
    const from = `127.0.0.1:${socket.localPort}`;
    socket.end('hello');
    expect((await readAll(socket)).toString()).toBe('hello');
    await server.stdout.until(/disconnected/);
    expect(await server.stop('SIGINT')).toBe(0);
    expect(server.stdout.lines).toEqual([
      `TCP Echo server listening on 127.0.0.1:${await server.port()}`,
      `UDP Echo server listening on 127.0.0.1:${await server.port()}`,
      `Accepted connection from: ${from}`,
      'Client disconnected',
    ]);
    expect(server.stderr.text).toBe('');
  });

  it('serves every connection that was queued at the stop, 200 of 200', async () => {
    await using server = workers();
    await server.port();
    // A primary that is stopped accepts nothing: all of them wait in the kernel, and it wakes up to the signal.
    server.child.kill('SIGSTOP');
    const queued = await Promise.all(Array.from({ length: 200 }, () => server.client()));
    const answers = queued.map(async (socket, index) => {
      socket.end(`number ${index}`);
      return (await readAll(socket)).toString();
    });
    server.child.kill('SIGTERM');
    server.child.kill('SIGCONT');
    expect(await Promise.all(answers)).toEqual(queued.map((_, index) => `number ${index}`));
    expect(await server.ended).toBe(0);
  });

  it('takes the ctrl-C of a terminal for one signal, and loses nothing of what is under way', async () => {
    await using server = inGroup('--summary');
    const sockets = await clients(server, 4);
    const sent = randomBytes(1024 * 1024);
    const received = sockets.map(readAll);
    await Promise.all(sockets.map((socket) => new Promise((taken) => socket.write(sent, taken))));
    for (const signal of ['SIGUSR2', 'SIGHUP'] as const)
      for (const worker of childrenOf(server.child.pid!)) process.kill(worker, signal);
    process.kill(-server.child.pid!, 'SIGINT');
    for (const echo of await Promise.all(received)) expect(echo.equals(sent)).toBe(true);
    for (const socket of sockets) socket.end();
    expect(await server.ended).toBe(0);
    expect(server.stderr.lines).toEqual(['tcp: 4 connections, 0 open, 4.2 MB in, 4.2 MB out']);
  });

  it('ends the drain at a second signal, and reports the connections of all workers at once', async () => {
    await using server = inGroup('--grace', '1h');
    const sockets = await clients(server, 4);
    await Promise.all(sockets.map((socket) => flood(socket.pause()).stalled()));
    process.kill(-server.child.pid!, 'SIGINT');
    const impatient = setInterval(() => process.kill(-server.child.pid!, 'SIGINT'), 50);
    expect(await server.ended).toBe(1);
    clearInterval(impatient);
    expect(server.stderr.lines).toEqual([
      expect.stringMatching(
        /^ccecho: stopped: 0 connections drained, 4 connections aborted, at least [1-9]\d* bytes pending/,
      ),
    ]);
  });

  itWithProc('replaces a worker that is killed, logs it, and continues with the other', async () => {
    await using server = withJson('--tcp', '--udp');
    const sockets = await clients(server, 4);
    const [first] = childrenOf(server.child.pid!);
    process.kill(first!, 'SIGKILL');
    await server.stderr.until(/"event":"workerExited".*\n/);
    expect(jsonLines(server.stderr.lines)).toMatchObject([
      { level: 'warn', event: 'workerExited', worker: 1, reason: 'SIGKILL', connections: 2, replaced: true },
    ]);
    const lost = await until(server, 'closed', 2);
    expect(lost).toMatchObject([
      { worker: 1, reason: 'aborted' },
      { worker: 1, reason: 'aborted' },
    ]);
    const alive = sockets.filter(({ localPort }) => !lost.some(({ remote }) => remote === `127.0.0.1:${localPort}`));
    for (const socket of alive) {
      socket.end('still here');
      expect((await readAll(socket)).toString()).toBe('still here');
    }

    // Worker 1 had UDP, and so has whoever came in its place.
    await using peer = await udpClient(await server.port());
    expect(await answered(peer, 'who is there')).toBe('who is there');
    await clients(server, 4);
    expect(
      new Set(
        eventsOf(server, 'opened')
          .slice(4)
          .map(({ worker }) => worker),
      ),
    ).toEqual(new Set([1, 2]));
    expect(await server.stop()).toBe(1);
    expect(jsonLines(server.stderr.lines).at(-1)).toMatchObject({
      event: 'stopped',
      connectionsAborted: 0,
      workersLost: 1,
    });
  });

  describe('while connections come and go', () => {
    /** Eight clients that connect, have something echoed and close, again and again, until `end` is called. */
    const churn = (port: number) => {
      const open = new Set<Socket>();
      let isOver = false;
      const goOn = async (): Promise<void> => {
        while (!isOver) {
          const socket = await client(port).catch(() => undefined);
          if (!socket) continue;
          open.add(socket.on('error', () => undefined));
          // It connected while `end` destroyed the others.
          if (isOver) socket.destroy();
          socket.end(Buffer.alloc(100));
          // One that is on its way to a worker that dies is reset, or waits until it is destroyed.
          await readAll(socket).catch(() => undefined);
          open.delete(socket);
        }
      };
      const all = Promise.all(Array.from({ length: 8 }, goOn));
      const end = async (): Promise<void> => {
        isOver = true;
        for (const socket of open) socket.destroy();
        await all;
      };
      return { end };
    };

    const kill = async (...killed: number[]): Promise<void> => {
      await using server = workers('--tcp', '--udp');
      const clients = churn(await server.port());
      while (server.stdout.lines.length < 300) await once(server.stdout, 'grown');
      const pids = childrenOf(server.child.pid!);
      for (const index of killed) process.kill(pids[index]!, 'SIGKILL');
      while (server.stderr.lines.length < killed.length) await once(server.stderr, 'grown');
      for (const line of server.stderr.lines) expect(line).toMatch(/worker \d exited.*a replacement starts$/);
      await using peer = await udpClient(await server.port());
      expect(await answered(peer, 'who is there')).toBe('who is there');
      await clients.end();
      expect(await server.stop()).toBe(1);
    };

    itWithProc('logs at once that worker 1 exited, replaces it, and serves UDP again', () => kill(0));
    itWithProc('logs at once that worker 2 exited, and replaces it', () => kill(1));
    itWithProc('logs at once that both exited, and replaces them', () => kill(0, 1));
  });

  itWithProc('leaves no worker behind when the primary is killed', async () => {
    await using server = workers();
    await clients(server, 2);
    const pids = childrenOf(server.child.pid!);
    expect(pids).toHaveLength(2);
    // Its workers hold its stdout: that is complete when the last of them is gone.
    expect(await server.stop('SIGKILL')).toBe('SIGKILL');
    expect(pids.filter((pid) => existsSync(`/proc/${pid}/exe`))).toEqual([]);
  });

  describe('with faults', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ccecho-'));
    afterAll(() => rmSync(folder, { recursive: true }));

    it('injects in each worker by itself, and with one seed the same again', async () => {
      const logs: Line[][] = [];
      for (const name of ['first', 'second']) {
        const faultLog = join(folder, name);
        await using server = workers('--fault', 'corrupt=50%', '--seed', '42', '--fault-log', faultLog);
        for (const socket of await clients(server, 2)) {
          socket.end(Buffer.alloc(20 * 1460));
          await readAll(socket);
        }
        expect(await server.stop()).toBe(0);
        expect(server.stderr.lines).toEqual([expect.stringMatching(/^corrupt=50%: \d+ chunks, .*, seed 42$/)]);
        logs.push(jsonLines(readFileSync(faultLog, 'utf8').split('\n').slice(0, -1)));
      }
      const decisions = (log: Line[], worker: number) =>
        log
          .filter((line) => line['worker'] === worker)
          .map(({ conn, fault, action, offset }) => ({ conn, fault, action, offset }));
      const [first = [], second = []] = logs;
      expect(decisions(first, 1)).toEqual(decisions(second, 1));
      expect(decisions(first, 2)).toEqual(decisions(second, 2));
      expect(decisions(first, 1).length).toBeGreaterThan(0);
      expect(decisions(first, 1)).not.toEqual(decisions(first, 2));
    });
  });

  describe('what it cannot do', () => {
    it('reports with status 3 and one line that the port is in use', async () => {
      await using other = ccecho(['--host', '127.0.0.1']);
      const port = await other.port();
      await using server = start(runtime, [bin, '--workers', '2', '--host', '127.0.0.1', '--port', `${port}`]);
      expect(await server.ended).toBe(3);
      expect(server.stderr.text).toMatch(
        new RegExp(`^ccecho: Cannot listen on TCP 127\\.0\\.0\\.1:${port}: [^\\n]*--port\\n$`),
      );
    });
  });
});
