import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { of, Subject } from 'rxjs';
import { run } from '../../lib/cli/run';
import { flood } from '../support/flood';
import { itWithIpv6 } from '../support/installed';
import { Transcript } from '../support/process';
import { client, read, readAll } from '../support/socket';
import { Command } from '../support/command';
import { udpClient } from '../support/udp';

jest.setTimeout(20_000);

/** What a command that ends by itself says, in the order: exit status, stdout, stderr. */
const said = async (...words: string[]): Promise<[number, string, string]> => {
  const [stdout, stderr] = [new Transcript(), new Transcript()];
  const status = await run(words, { stdout, stderr, signal$: new Subject() });
  return [status, stdout.text, stderr.text];
};

/** Sends, ends, reads: what came back. */
const echoed = async (socket: Socket, text: string): Promise<string> => {
  socket.end(text);
  return (await readAll(socket)).toString();
};

const jsonOf = (line: string): Record<string, unknown> => JSON.parse(line) as Record<string, unknown>;

describe('run', () => {
  describe('text', () => {
    it('logs over TCP that a client connects and disconnects, and nothing at a stop that loses nothing', async () => {
      await using command = new Command();
      const port = await command.port();
      const socket = await command.client();
      const from = `127.0.0.1:${socket.localPort}`;
      expect(await echoed(socket, 'hello')).toBe('hello');
      await command.stdout.until(/disconnected/);
      expect(await command.stop()).toBe(0);
      expect(command.stdout.text).toBe(
        `TCP Echo server listening on :${port}\nAccepted connection from: ${from}\nClient disconnected\n`,
      );
      expect(command.stderr.text).toBe('');
    });

    it('logs over UDP that it listens, and no datagrams', async () => {
      await using command = new Command('--udp');
      await using peer = await udpClient(await command.port());
      peer.send('hello');
      expect((await peer.next()).toString()).toBe('hello');
      expect(await command.stop()).toBe(0);
      expect(command.stdout.text).toBe(`UDP Echo server listening on :${await command.port()}\n`);
      expect(command.stderr.text).toBe('');
    });

    it('serves both transports on one port number, and logs TCP first', async () => {
      await using command = new Command('-udp', '-tcp');
      const port = await command.port();
      await using peer = await udpClient(port);
      peer.send('datagram');
      expect((await peer.next()).toString()).toBe('datagram');
      expect(await echoed(await command.client(), 'stream')).toBe('stream');
      await command.stdout.until(/disconnected/);
      expect(command.stdout.lines.slice(0, 2)).toEqual([
        `TCP Echo server listening on :${port}`,
        `UDP Echo server listening on :${port}`,
      ]);
      expect(await command.stop()).toBe(0);
    });

    it('names the host that it was given', async () => {
      await using command = new Command('--host', '127.0.0.1', '-tcp', '-udp');
      const port = await command.port();
      expect(await command.stop()).toBe(0);
      expect(command.stdout.lines).toEqual([
        `TCP Echo server listening on 127.0.0.1:${port}`,
        `UDP Echo server listening on 127.0.0.1:${port}`,
      ]);
    });

    itWithIpv6('writes IPv6 addresses in brackets', async () => {
      await using command = new Command('--host', '::1');
      const port = await command.port();
      const socket = await command.client('::1');
      const from = `[::1]:${socket.localPort}`;
      expect(await echoed(socket, 'six')).toBe('six');
      await command.stdout.until(/disconnected/);
      expect(command.stdout.lines).toEqual([
        `TCP Echo server listening on [::1]:${port}`,
        `Accepted connection from: ${from}`,
        'Client disconnected',
      ]);
      expect(await command.stop()).toBe(0);
    });

    itWithIpv6('listens on each host that it was given, with a line for each', async () => {
      await using command = new Command('--host', '127.0.0.1', '--host', '[::1]');
      const port = await command.port();
      await command.stdout.until(/::1/);
      expect(command.stdout.lines).toEqual([
        `TCP Echo server listening on 127.0.0.1:${port}`,
        `TCP Echo server listening on [::1]:${port}`,
      ]);
      expect(await echoed(await command.client('::1'), 'six')).toBe('six');
      expect(await command.stop()).toBe(0);
    });
  });

  describe('pairs', () => {
    const endings: [string, (socket: Socket) => unknown][] = [
      ['ended its side', (socket) => socket.resume().end('bye')],
      ['ended without a word', (socket) => socket.resume().end()],
      ['reset the connection', (socket) => socket.resetAndDestroy()],
      ['reset it with an echo under way', (socket) => socket.write('half', () => socket.resetAndDestroy())],
      ['went without reading', (socket) => socket.write('unread', () => socket.destroy())],
    ];

    it.each(endings)('logs once that a client has disconnected that %s', async (_, end) => {
      await using command = new Command();
      end(await command.client());
      await command.stdout.until(/disconnected\n/);
      expect(await command.stop()).toBe(0);
      expect(command.stdout.text.match(/Accepted/g)).toHaveLength(1);
      expect(command.stdout.text.match(/disconnected/g)).toHaveLength(1);
    });

    it('logs for each of many clients that it connects and disconnects', async () => {
      await using command = new Command();
      const ports = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const socket = await command.client();
          const { localPort } = socket;
          await command.stdout.until(new RegExp(`Accepted.*:${localPort}\n`));
          endings[index % endings.length]![1](socket);
          return localPort;
        }),
      );
      await command.stdout.until(/(disconnected\n[^]*){20}/);
      expect(await command.stop()).toBe(0);
      const accepted = command.stdout.lines.flatMap(
        (line) => /^Accepted.*:(\d+)$/.exec(line)?.slice(1).map(Number) ?? [],
      );
      expect(accepted.sort()).toEqual(ports.sort());
      expect(command.stdout.text.match(/disconnected/g)).toHaveLength(20);
    });

    it('logs that a client has disconnected that the stop drained', async () => {
      await using command = new Command();
      const socket = await command.client();
      socket.write('owed');
      expect((await read(socket, 4)).toString()).toBe('owed');
      const status = command.stop();
      expect(await readAll(socket)).toHaveLength(0);
      socket.destroy();
      expect(await status).toBe(0);
      expect(command.stdout.lines.slice(1)).toEqual([expect.stringMatching(/^Accepted/), 'Client disconnected']);
    });
  });

  describe('a stop', () => {
    it('that loses something reports it on stderr, and the status is 1', async () => {
      await using command = new Command('--grace', '100ms');
      const neverReads = await command.client();
      await flood(neverReads.pause()).stalled();
      expect(await command.stop()).toBe(1);
      expect(command.stderr.text).toMatch(
        /^ccecho: stopped: 0 connections drained, 1 connection aborted, at least [1-9]\d* bytes pending; 0 datagrams lost\n$/,
      );
      expect(command.stdout.lines.slice(1)).toEqual([expect.stringMatching(/^Accepted/), 'Client disconnected']);
    });

    it('before it listens ends with 0, and logs nothing', async () => {
      const [stdout, stderr] = [new Transcript(), new Transcript()];
      expect(await run(['--port', '0'], { stdout, stderr, signal$: of('SIGINT') })).toBe(0);
      expect(stdout.text + stderr.text).toBe('');
    });

    it('while it binds ends with 0, and logs nothing', async () => {
      await using command = new Command('-tcp', '-udp', '--host', 'localhost');
      expect(await command.stop()).toBe(0);
      expect(command.stdout.text + command.stderr.text).toBe('');
    });
  });

  describe('--once', () => {
    it('ends with 0 after the first connection, and refuses the second', async () => {
      await using command = new Command('--once');
      const port = await command.port();
      const first = await command.client();
      await command.stdout.until(/Accepted/);
      await expect(client(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      expect(await echoed(first, 'one')).toBe('one');
      expect(await command.status).toBe(0);
      expect(command.stdout.lines.slice(1)).toEqual([expect.stringMatching(/^Accepted/), 'Client disconnected']);
    });

    it('ends with 0 after the first datagram', async () => {
      await using command = new Command('--once', '--udp');
      await using peer = await udpClient(await command.port());
      peer.send('one');
      expect((await peer.next()).toString()).toBe('one');
      expect(await command.status).toBe(0);
    });

    it('ends with the first of both transports', async () => {
      await using command = new Command('--once', '--udp', '--tcp');
      await using peer = await udpClient(await command.port());
      peer.send('one');
      expect((await peer.next()).toString()).toBe('one');
      expect(await command.status).toBe(0);
      expect(command.stdout.text).not.toContain('Accepted');
    });
  });

  describe('--log-format json', () => {
    it('writes one object per line, with the event, the peer, the bytes and the reason', async () => {
      await using command = new Command('--log-format', 'json', '--host', '127.0.0.1');
      const socket = await command.client();
      const remote = `127.0.0.1:${socket.localPort}`;
      expect(await echoed(socket, 'hello')).toBe('hello');
      await command.stdout.until(/disconnected/);
      expect(await command.stop()).toBe(0);

      const peer = { level: 'info', transport: 'tcp', remote };
      const objects = command.stdout.lines.map(jsonOf);
      expect(objects).toMatchObject([
        { level: 'info', event: 'listening', transport: 'tcp', local: `127.0.0.1:${await command.port()}` },
        { ...peer, event: 'opened', message: `Accepted connection from: ${remote}` },
        { ...peer, event: 'closed', bytesIn: 5, bytesOut: 5, reason: 'ended', message: 'Client disconnected' },
      ]);
      for (const { time } of objects) expect(new Date(String(time)).toISOString()).toBe(time);
      expect(command.stderr.text).toBe('');
    });

    it('logs the reason of a connection that the client reset', async () => {
      await using command = new Command('--log-format', 'json');
      (await command.client()).resetAndDestroy();
      await command.stdout.until(/closed/);
      expect(jsonOf(command.stdout.lines.at(-1)!)).toMatchObject({ event: 'closed', reason: 'reset by peer' });
      expect(await command.stop()).toBe(0);
    });

    it('writes the report of a lossy stop as an object too', async () => {
      await using command = new Command('--log-format', 'json', '--grace', '100ms');
      await flood((await command.client()).pause()).stalled();
      expect(await command.stop()).toBe(1);
      expect(jsonOf(command.stdout.lines.at(-1)!)).toMatchObject({ event: 'closed', reason: 'aborted' });
      expect(command.stderr.lines.map(jsonOf)).toMatchObject([
        { level: 'error', event: 'stopped', connectionsAborted: 1, connectionsDrained: 0, datagramsLost: 0 },
      ]);
    });
  });

  describe('--log-level', () => {
    it('silent writes nothing, even of a lossy stop', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      server.close();
      await once(server, 'close');

      const [stdout, stderr, signal$] = [new Transcript(), new Transcript(), new Subject<void>()];
      const words = ['--port', `${port}`, '--host', '127.0.0.1', '--log-level', 'silent', '--grace', '100ms'];
      const status = run(words, { stdout, stderr, signal$ });
      const socket = await connectedTo(port);
      await flood(socket.on('error', () => undefined).pause()).stalled();
      signal$.next();
      expect(await status).toBe(1);
      socket.destroy();
      expect(stdout.text + stderr.text).toBe('');
    });

    it('warn leaves the transcript away', async () => {
      const [stdout, stderr, signal$] = [new Transcript(), new Transcript(), new Subject<void>()];
      const status = run(['--port', '0', '--once', '--udp', '--log-level', 'warn'], { stdout, stderr, signal$ });
      setImmediate(() => signal$.next());
      expect(await status).toBe(0);
      expect(stdout.text + stderr.text).toBe('');
    });

    it('debug adds on stderr how each connection ended, and leaves stdout as it is', async () => {
      await using command = new Command('--log-level', 'debug');
      const socket = await command.client();
      const from = `127.0.0.1:${socket.localPort}`;
      expect(await echoed(socket, 'hello')).toBe('hello');
      await command.stdout.until(/disconnected/);
      expect(await command.stop()).toBe(0);
      expect(command.stdout.lines).toHaveLength(3);
      expect(command.stderr.lines).toEqual([
        expect.stringMatching(/^ccecho: at most \d+ connections: /),
        `ccecho: ${from} ended: 5 bytes in, 5 bytes out`,
        'ccecho: stopping',
        expect.stringMatching(/^ccecho: stopped: 0 connections drained, 0 connections aborted/),
      ]);
    });

    it('debug logs each datagram', async () => {
      await using command = new Command('--log-level', 'debug', '--udp');
      await using peer = await udpClient(await command.port());
      peer.send('hello');
      await command.stderr.until(new RegExp(`^ccecho: 127.0.0.1:${peer.port} answered: 5 bytes\n`, 'm'));
      expect(await command.stop()).toBe(0);
    });
  });

  describe('what it cannot do', () => {
    it('is reported with status 3 and the address, when the address is in use', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const [status, stdout, stderr] = await said('--host', '127.0.0.1', '--port', `${port}`);
      server.close();
      expect(status).toBe(3);
      expect(stdout).toBe('');
      expect(stderr).toMatch(new RegExp(`^ccecho: Cannot listen on TCP 127\\.0\\.0\\.1:${port}: [^\n]*\n$`));
    });

    it('is reported with status 3, when the address is not one of this machine', async () => {
      const [status, , stderr] = await said('--host', '192.0.2.1', '--port', '0');
      expect(status).toBe(3);
      expect(stderr).toMatch(/^ccecho: Cannot listen on TCP 192\.0\.2\.1:0: [^\n]*\n$/);
    });

    it.each([
      ['--prot 7'],
      ['-upd'],
      ['7007'],
      ['start'],
      ['--port 65536'],
      ['--grace 5'],
      ['--host '],
      ['--log-level x'],
      ['--workers 0'],
      ['--workers 2 --once'],
      ['--workers 2 -udp'],
      ['--workers 2 --max-connections 5'],
      ['--workers 2 --metrics 127.0.0.1:0'],
      ['--udp-ignore-ports x'],
      ['--udp-receive-buffer 4'],
      ['--udp-receive-buffer 2GiB'],
      ['--udp-max-rate 5'],
      ['--udp-max-rate 0/s'],
      ['--allow 192.0.2.0/33'],
      ['--deny x'],
      ['--host ::1 --host 0:0:0:0:0:0:0:1 --port 0'],
      ['--host :: --host 127.0.0.1 --port 0'],
      ['--host :: --host 127.0.0.1 --port 0 -udp'],
      ['--metrics :7007 --port 7007'],
      ['--metrics 127.0.0.1:7007 --host ::ffff:127.0.0.1 --port 7007'],
    ])('is reported in one line with status 2: %s', async (line) => {
      const [status, stdout, stderr] = await said(...line.split(' '));
      expect(status).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^ccecho: [^\n]* \(ccecho --help shows the options\)\n$/);
      expect(stderr).not.toContain('    at ');
    });
  });

  it('names the two options that want one socket', async () => {
    const [, , stderr] = await said('--host', '::', '--host', '127.0.0.1', '--port', '0');
    expect(stderr).toContain('--host :: and --host 127.0.0.1 overlap: :: is 127.0.0.1 too; leave one of them out');
    const [, , metrics] = await said('--metrics', ':7007', '--port', '7007');
    expect(metrics).toContain('--metrics :7007 and --port 7007 use the same port; choose another one');
  });

  describe('--help and --version', () => {
    it('prints help on stdout, and the status is 0', async () => {
      const [status, stdout, stderr] = await said('--help');
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^Usage: ccecho \[serve\] \[options\] /);
    });

    it('prints the version of package.json and nothing else', async () => {
      const manifest = readFileSync(join(__dirname, '../../package.json'), 'utf8');
      const { version } = jsonOf(manifest);
      expect(await said('--version')).toEqual([0, `${String(version)}\n`, '']);
    });

    it('knows them by their letters, for each command', async () => {
      expect(await said('-h')).toEqual(await said('--help'));
      expect(await said('-V')).toEqual(await said('--version'));
      expect(await said('config', '-h')).toEqual(await said('config', '--help'));
      expect(await said('faults', '-h')).toEqual(await said('faults'));
    });

    it('shows examples that run as they are, except for the port', async () => {
      const [, help] = await said('--help');
      const examples = [...help.matchAll(/^ {2}ccecho (.*?) {2,}/gm)].map(([, words]) => words!);
      expect(examples.length).toBeGreaterThan(3);
      for (const example of examples) {
        await using command = new Command(...example.replace(/--port \d+/, '--port 0').split(' '));
        await command.stdout.until(/listening/);
        expect(await echoed(await command.client(), example)).toBe(example);
        await command.stdout.until(/disconnected/);
        expect(await command.stop()).toBe(0);
      }
    });
  });
});

/** A client that tries until somebody listens: where nothing is said, there is nothing to wait for. */
const connectedTo = async (port: number, tries = 1000): Promise<Socket> => {
  try {
    return await client(port);
  } catch (error) {
    if (tries === 0) throw error;
    return connectedTo(port, tries - 1);
  }
};
