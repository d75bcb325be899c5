import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as passed } from 'node:timers/promises';
import { itOnLinux } from '../support/installed';
import { bin, ccecho, RunningServer, runtime } from '../support/process';
import { read } from '../support/socket';
import { udpClient } from '../support/udp';

jest.setTimeout(30_000);

/** The built command with so few file descriptors. */
const withDescriptors = (descriptors: number, ...words: string[]): RunningServer => {
  const script = `ulimit -n ${descriptors}; exec "$0" "$@"`;
  return new RunningServer(spawn('bash', ['-c', script, runtime, bin, '--port', '0', ...words]));
};

/** What becomes of a client that says hello: what it gets back, or how it is sent away. It stays until all know. */
const greeting = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    socket
      .on('data', (data) => resolve(String(data)))
      .on('end', () => resolve('sent away'))
      .on('error', () => resolve('sent away'))
      .write('hello');
  });

describe('limits', () => {
  it('count every refused client: of 200 clients at 64 file descriptors none is lost uncounted', async () => {
    await using server = withDescriptors(64, '--host', '127.0.0.1', '--summary', '--log-level', 'debug');
    const port = await server.port();
    await server.stderr.until(/at most 32 connections: the file descriptor limit allows 32/);
    const sockets = Array.from({ length: 200 }, () => connect(port, '127.0.0.1'));
    const fates = await Promise.all(sockets.map(greeting));
    const served = fates.filter((fate) => fate === 'hello').length;
    expect(served).toBe(32);
    sockets.forEach((socket) => socket.destroy());
    expect(await server.stop()).toBe(0);
    expect(server.stderr.text).toContain(
      'tcp: 32 connections, 0 open, 160 B in, 160 B out, 168 refused (168 max-connections)',
    );
    expect(server.stderr.text).toContain(
      'warning: connections are refused: the limit of open connections is reached (--max-connections)',
    );
    expect(server.stderr.text).toContain('warning: 168 connections refused (--max-connections)');
  });

  itOnLinux('leave file descriptors to the sockets of many addresses: no client is lost uncounted', async () => {
    const hosts = Array.from({ length: 40 }, (_, index) => ['--host', `127.0.0.${index + 1}`]).flat();
    await using server = withDescriptors(128, ...hosts, '-tcp', '-udp', '--summary');
    const port = await server.port();
    const sockets = Array.from({ length: 90 }, () => connect(port, '127.0.0.1'));
    const fates = await Promise.all(sockets.map(greeting));
    expect(fates.filter((fate) => fate === 'hello')).toHaveLength(17);
    sockets.forEach((socket) => socket.destroy());
    expect(await server.stop()).toBe(0);
    expect(server.stderr.text).toContain(
      'tcp: 17 connections, 0 open, 85 B in, 85 B out, 73 refused (73 max-connections)',
    );
  });

  it('warn of more connections than there are file descriptors for', async () => {
    await using server = withDescriptors(64, '--max-connections', '100');
    await server.port();
    await server.stderr.until(/warning: --max-connections 100: the file descriptor limit allows 32/);
    expect(await server.stop()).toBe(0);
  });

  it('end an idle connection with FIN, and log it', async () => {
    await using server = ccecho(['--host', '127.0.0.1', '--idle-timeout', '200ms', '--log-format', 'json']);
    const socket = await server.client();
    socket.write('hello');
    expect(String(await read(socket, 5))).toBe('hello');
    await once(socket.resume(), 'end');
    socket.end();
    await server.stdout.until(/"reason":"idle"/);
    expect(await server.stop()).toBe(0);
  });

  it('reset a connection that does not read its pending bytes', async () => {
    await using server = ccecho(['--host', '127.0.0.1', '--idle-timeout', '200ms', '--log-format', 'json']);
    const socket = await server.client();
    const more = (): void => {
      while (socket.writable && socket.write(Buffer.alloc(64 * 1024)));
    };
    socket.pause().on('drain', more);
    more();
    await server.stdout.until(/"reason":"not taken","error":"The peer did not read its pending bytes"/);
    expect(await server.stop()).toBe(0);
  });

  itOnLinux('keep a connection that reads its pending bytes slowly', async () => {
    await using server = ccecho(['--host', '127.0.0.1', '--idle-timeout', '200ms', '--log-format', 'json']);
    const socket = (await server.client()).pause();
    const sent = randomBytes(8 * 1024 * 1024);
    socket.end(sent);
    const chunks: Buffer[] = [];
    // 64 KiB at once: between two times that the kernel has room for more of us, an idle timeout passes twice.
    const reading = setInterval(() => chunks.push((socket.read() as Buffer | null) ?? Buffer.alloc(0)), 20);
    await once(socket, 'end').finally(() => clearInterval(reading));
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
    await server.stdout.until(/"reason":"ended"/);
    expect(await server.stop()).toBe(0);
  });

  it('do not end a connection as idle whose bytes arrived while the server did not run', async () => {
    await using server = ccecho(['--host', '127.0.0.1', '--idle-timeout', '100ms']);
    const sockets = await Promise.all(Array.from({ length: 20 }, () => server.client()));
    for (const socket of sockets) socket.write('a');
    await Promise.all(sockets.map((socket) => read(socket, 1)));
    server.child.kill('SIGSTOP');
    for (const socket of sockets) socket.end('bc');
    const late = Promise.all(sockets.map((socket) => read(socket, 2)));
    // Longer than any of them may be idle.
    await passed(150);
    server.child.kill('SIGCONT');
    expect((await late).map(String)).toEqual(sockets.map(() => 'bc'));
    expect(await server.stop()).toBe(0);
  });

  for (const serving of ['-udp', '-tcp -udp --workers 2']) {
    itOnLinux(`count what the kernel drops of a full receive buffer, and name the cure once: ${serving}`, async () => {
      const words = [...serving.split(' '), '--host', '127.0.0.1', '--udp-receive-buffer', '4KiB', '--summary'];
      // In a group of its own, so that all of its processes can be stopped.
      await using server = ccecho(words, { detached: true });
      await using peer = await udpClient(await server.port());
      for (let burst = 0; burst < 2; burst += 1) {
        process.kill(-server.child.pid!, 'SIGSTOP');
        for (let sent = 0; sent < 100; sent += 1) peer.send('hello');
        process.kill(-server.child.pid!, 'SIGCONT');
        await peer.next();
        await server.stderr.until(/warning: the kernel dropped \d+ datagrams .*net\.core\.rmem_max/);
      }
      expect(await server.stop()).toBe(0);
      const lines = server.stderr.lines.filter((line) => !line.startsWith('tcp:'));
      expect(lines).toHaveLength(2);
      const [, answered, dropped] = /^udp: (\d+) datagrams, .*\((\d+) kernel\)$/.exec(lines[1]!)!;
      expect(Number(answered) + Number(dropped)).toBe(200);
    });
  }

  it('pause all reading at the limit of buffered bytes, drop datagrams, and continue when it drains', async () => {
    await using server = ccecho(['--host', '127.0.0.1', '-tcp', '-udp', '--max-buffered', '1MiB', '--summary']);
    const greedy = [await server.client(), await server.client(), await server.client()];
    for (const socket of greedy) socket.pause().write(Buffer.alloc(16 * 1024 * 1024));
    await server.stderr.until(/warning: reading is paused: the limit of buffered bytes is reached \(--max-buffered\)/);
    await using peer = await udpClient(await server.port());
    peer.send('too much');
    const modest = await server.client();
    modest.write('hello');
    await server.stderr.until(/warning: datagrams are dropped: a limit of buffered bytes is reached/);
    for (const socket of greedy) socket.destroy();
    expect(String(await read(modest, 5))).toBe('hello');
    peer.send('now');
    expect(String(await peer.next())).toBe('now');
    expect(await server.stop()).toBe(0);
    expect(server.stderr.text).toMatch(/udp: 1 datagram, 3 B in, 3 B out, 1 not answered/);
  });
});
