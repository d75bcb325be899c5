import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigFile } from '../support/configFile';
import { flood } from '../support/flood';
import { installed, itWhere } from '../support/installed';
import { bin, ccecho, portOf, RunningServer, runtime, start } from '../support/process';
import { itWithSmallDisk, SmallDisk } from '../support/smallDisk';
import { client, read, readAll } from '../support/socket';
import { udpClient } from '../support/udp';

jest.setTimeout(30_000);

/** Echoes one text on a connection of its own. */
const echoes = async (server: RunningServer, text: string): Promise<void> => {
  const socket = await server.client();
  socket.end(text);
  expect((await readAll(socket)).toString()).toBe(text);
  socket.destroy();
};

/** How long it took, in milliseconds. */
const took = async (work: Promise<unknown>): Promise<number> => {
  const before = performance.now();
  await work;
  return performance.now() - before;
};

/** A terminal that shows one line of what runs in it, and then is held for ever. */
const HELD_TERMINAL = `
import os, pty, subprocess, sys
ours, its = pty.openpty()
child = subprocess.Popen(sys.argv[1:], stdout=its, stderr=its)
line = b''
while not line.endswith(b'\\n'): line += os.read(ours, 1)
print(line.decode().strip(), flush=True)
print('pid', child.pid, flush=True)
sys.exit(child.wait())
`;
import { freePort } from '../support/freePort';

/** A client that tries until somebody listens. */
const connectedTo = async (port: number, tries = 10_000): Promise<Socket> => {
  try {
    return await client(port);
  } catch (error) {
    if (tries === 0) throw error;
    return connectedTo(port, tries - 1);
  }
};

/** More log than a destination and we hold together. */
const DATAGRAMS = 10_000;
const chatter = async (server: RunningServer): Promise<void> => {
  await using peer = await udpClient(await server.port());
  for (let sent = 0; sent < DATAGRAMS; sent += 50) {
    for (let burst = 0; burst < 50; burst += 1) peer.send('x');
    for (let burst = 0; burst < 50; burst += 1) await peer.next();
  }
};

/** A server that is sent a signal at the very moment when it begins to load a package. */
const signalledAt = (load: string, signal: NodeJS.Signals, ...words: string[]): RunningServer => {
  const hook = `import { Module } from 'node:module';
    const { _load } = Module;
    let isSent = false;
    Module._load = function (name, ...rest) {
      if (name === '${load}' && !isSent) isSent = process.kill(process.pid, '${signal}');
      return _load.call(this, name, ...rest);
    };`;
  const all = ['--import', `data:text/javascript,${hook}`, bin, '--host', '127.0.0.1', '--port', '0', ...words];
  return new RunningServer(spawn(process.execPath, all));
};

describe('bin/ccecho', () => {
  it('prints the transcript and nothing else', async () => {
    await using server = ccecho(['--host', '127.0.0.1', '-tcp', '-udp']);
    const port = await server.port();
    const socket = await server.client();
    const from = `127.0.0.1:${socket.localPort}`;
    socket.end('hello');
    expect((await readAll(socket)).toString()).toBe('hello');
    await server.stdout.until(/disconnected/);
    expect(await server.stop('SIGINT')).toBe(0);
    expect(server.stderr.text).toBe('');
    expect(server.stdout.lines).toEqual([
      `TCP Echo server listening on 127.0.0.1:${port}`,
      `UDP Echo server listening on 127.0.0.1:${port}`,
      `Accepted connection from: ${from}`,
      'Client disconnected',
    ]);
  });

  it('ends with 2 for wrong usage', async () => {
    await using server = ccecho(['--prot', '7']);
    expect(await server.ended).toBe(2);
    expect(server.stderr.lines).toHaveLength(1);
  });

  it('ends with 3 when another socket has the port, and leaves no stack trace', async () => {
    await using first = ccecho(['--host', '127.0.0.1']);
    const port = await first.port();
    await using second = start(runtime, [bin, '--host', '127.0.0.1', '--port', `${port}`]);
    expect(await second.ended).toBe(3);
    expect(second.stderr.text).toMatch(new RegExp(`^ccecho: [^\\n]*127\\.0\\.0\\.1:${port}[^\\n]*\\n$`));
  });

  it('ends with 70 for a bug in ccecho, and shows where it is', async () => {
    const bug = `setTimeout(() => { throw new Error('nobody thought of it') })`;
    await using server = start(process.execPath, ['--import', `data:text/javascript,${bug}`, bin, '--port', '0']);
    expect(await server.ended).toBe(70);
    expect(server.stderr.text).toMatch(
      /^ccecho: a bug in ccecho, please report it: Error: nobody thought of it\n +at /,
    );
  });

  const portStart = '/proc/sys/net/ipv4/ip_unprivileged_port_start';
  const lowPortsAreForRoot = ((): boolean => {
    try {
      return Number(readFileSync(portStart, 'utf8')) > 7 && process.platform === 'linux';
    } catch {
      return false;
    }
  })();
  itWhere(lowPortsAreForRoot, 'any user may have a low port here')(
    'ends with 3 and names the cures when this user may not have a low port',
    async () => {
      const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
      await using server = start(runtime, [bin], { ...nobody, cwd: tmpdir() });
      expect(await server.ended).toBe(3);
      expect(server.stderr.lines).toEqual([expect.stringMatching(/TCP :7: .*--port 7007.*setcap/)]);
    },
  );

  it('continues to answer over UDP when its peers are gone', async () => {
    await using server = ccecho(['--udp', '--host', '127.0.0.1']);
    const port = await server.port();
    for (let gone = 0; gone < 5; gone += 1) {
      await using client = await udpClient(port);
      client.send('and gone');
    }
    await using client = await udpClient(port);
    // More than once: where the system tells of those who are gone, it tells it in place of the next answer.
    for (let asked = 0; asked < 10; asked += 1) client.send('still there?');
    expect((await client.next()).toString()).toBe('still there?');
    expect(await server.stop()).toBe(0);
  });

  itWhere(runtime === process.execPath, 'only Node can be told that the kernel takes nothing at once')(
    'answers over UDP where the kernel takes the answers later',
    async () => {
      const words = ['--test-udp-no-try-send', bin, '--udp', '--host', '127.0.0.1', '--port', '0', '--summary'];
      await using server = start(runtime, words);
      await using client = await udpClient(await portOf(server.stdout));
      const sent = Array.from({ length: 50 }, (_, i) => `${i} ${'x'.repeat(i * 20)}`);
      for (const text of sent) client.send(text);
      const back: string[] = [];
      while (back.length < sent.length) back.push((await client.next()).toString());
      expect(back).toEqual(sent);
      expect(await server.stop()).toBe(0);
      expect(server.stderr.text).toContain('50 datagrams');
    },
  );

  describe('stopped', () => {
    it.each<NodeJS.Signals>(['SIGINT', 'SIGTERM'])('ends with 0 at %s', async (signal) => {
      await using server = ccecho();
      await server.port();
      expect(await took(server.stop(signal))).toBeLessThan(2000);
      expect(await server.ended).toBe(0);
    });

    it('takes a signal that comes while RxJS is loaded for one', async () => {
      await using server = signalledAt('rxjs', 'SIGTERM');
      expect(await server.ended).toBe(0);
    });

    it('loses nothing of a transfer to two signals within 5 ms', async () => {
      await using server = ccecho();
      const socket = await server.client();
      const sent = randomBytes(4 * 1024 * 1024);
      const received = readAll(socket);
      await new Promise((taken) => socket.write(sent, taken));
      server.child.kill('SIGINT');
      server.child.kill('SIGTERM');
      expect((await received).equals(sent)).toBe(true);
      socket.end();
      expect(await server.ended).toBe(0);
      expect(server.stdout.lines.slice(1)).toEqual([expect.stringMatching(/^Accepted/), 'Client disconnected']);
    });

    it('is not killed by any later signal of the same ctrl-C, however short its end is', async () => {
      await using server = ccecho();
      await server.port();
      const ctrlC = setInterval(() => server.child.kill('SIGINT'), 1);
      expect(await server.ended).toBe(0);
      clearInterval(ctrlC);
    });

    installed('bash', '--version')('takes the ctrl-C of a terminal, which npm forwards, for one', async () => {
      // --ignore-scripts: the build before it is not what is tested. Bash stays beside the server, and so npm forwards.
      const npm = ['start', '--silent', '--ignore-scripts', '--script-shell=bash'];
      const words = [...npm, '--', '--port', '0', '--dump', 'hex', '--fault', 'latency=300ms'];
      const cwd = join(__dirname, '../..');
      await using server = new RunningServer(spawn('npm', words, { cwd, detached: true }));
      const socket = await server.client();
      const received = readAll(socket);
      socket.write('held until it is due');
      // The dump says that the server has it; from now on a second signal would cut it.
      await server.stderr.until(/held until it is/);
      process.kill(-server.child.pid!, 'SIGINT');
      expect((await received).toString()).toBe('held until it is due');
      socket.end();
      // How npm itself ends depends on its shell, which got the signal too.
      await server.ended;
      expect(server.stdout.lines.at(-1)).toBe('Client disconnected');
      expect(server.stderr.text).not.toContain('stopped');
    });

    it('ends the drain at a signal 500 ms or more after the first, reports it, and ends with 1', async () => {
      await using server = ccecho(['--grace', '1h']);
      await flood((await server.client()).pause()).stalled();
      const stopped = took(server.stop('SIGINT'));
      const impatient = setInterval(() => server.child.kill('SIGINT'), 50);
      expect(await stopped).toBeGreaterThan(490);
      clearInterval(impatient);
      expect(await server.ended).toBe(1);
      expect(server.stderr.text).toMatch(/^ccecho: stopped: .* 1 connection aborted, at least [1-9]\d* bytes pending/);
      expect(server.stdout.lines.at(-1)).toBe('Client disconnected');
    });

    it('ends within 2 s and with 0 beside an idle client that never ends its side', async () => {
      await using server = ccecho();
      const idle = await server.client();
      idle.write('hello');
      await read(idle, 5);
      expect(await took(server.stop())).toBeLessThan(2000);
      expect(await server.ended).toBe(0);
    });

    it('ends within 2 s and with 0 beside a client that never stops sending', async () => {
      await using server = ccecho();
      const socket = await server.client();
      flood(socket);
      await read(socket, 1024 * 1024);
      socket.resume();
      expect(await took(server.stop())).toBeLessThan(2000);
      expect(await server.ended).toBe(0);
    });
  });

  // The first package that it loads is commander, and the last winston.
  describe.each(['commander', 'winston'])('signalled while it begins to load %s', (load) => {
    it('reloads after the start at SIGHUP, where there is a configuration file', async () => {
      using file = new ConfigFile({});
      await using server = signalledAt(load, 'SIGHUP', '--config', file.path);
      await server.stderr.until(/^ccecho: reloaded, nothing changed\n/);
      expect(server.stdout.lines).toEqual([expect.stringMatching(/^TCP Echo server listening on /)]);
      expect(await server.stop()).toBe(0);
    });

    it('is killed by SIGHUP without a configuration file', async () => {
      await using server = signalledAt(load, 'SIGHUP');
      expect(await server.ended).toBe('SIGHUP');
    });

    it('prints after the start at SIGUSR2 what was served', async () => {
      await using server = signalledAt(load, 'SIGUSR2', '--summary');
      await server.stderr.until(/^tcp: 0 connections, 0 open/);
      expect(server.stdout.lines).toEqual([expect.stringMatching(/^TCP Echo server listening on /)]);
      expect(await server.stop()).toBe(0);
    });
  });

  describe('with a log that nobody reads', () => {
    it('echoes on when stdout was closed, as | head -1 does, and ends with 0', async () => {
      await using server = ccecho();
      const port = await server.port();
      server.child.stdout.destroy();
      for (const text of ['one', 'two', 'three']) await echoes(server, text);
      expect(await server.port()).toBe(port);
      expect(await server.stop()).toBe(0);
      expect(server.stderr.text).toBe('');
    });

    itWhere(process.platform === 'linux', 'there is no /dev/full')('echoes on when the disk is full', async () => {
      const command = `exec ${runtime} ${bin} --host 127.0.0.1 --port $0 --log-level debug > /dev/full`;
      const port = await freePort();
      await using server = start('sh', ['-c', command, `${port}`]);
      for (const text of ['one', 'two']) {
        // Nothing says that it listens: stdout is what is full.
        const socket = await connectedTo(port);
        socket.end(text);
        expect((await readAll(socket)).toString()).toBe(text);
        socket.destroy();
      }
      await server.stderr.until(/(ended: 3 bytes[^]*){2}\n/);
      expect(await server.stop()).toBe(0);
    });

    itWithSmallDisk('continues to log when a full disk has room again, with the number of lost lines', async () => {
      using disk = new SmallDisk();
      const command = `exec ${runtime} ${bin} --host 127.0.0.1 --port $0 --udp --log-level debug 2> ${disk.path('log')}`;
      const port = await freePort();
      await using server = new RunningServer(spawn('sh', ['-c', command, `${port}`]));
      await server.port();
      await using peer = await udpClient(port);
      /** More of the log than the file's last page has room for. */
      const ask = async (times: number): Promise<void> => {
        for (let asked = 0; asked < times; asked += 1) {
          peer.send('hello');
          await peer.next();
        }
      };
      await ask(10);
      disk.fill();
      await ask(200);
      disk.free();
      await ask(10);
      expect(await server.stop()).toBe(0);
      const lines = readFileSync(disk.path('log'), 'utf8').split('\n').slice(0, -1);
      const answered = lines.filter((line) => line.endsWith('answered: 5 bytes')).length;
      const [lost] = lines.flatMap((line) => /warning: (\d+) log lines were lost: ENOSPC/.exec(line)?.[1] ?? []);
      expect(Number(lost)).toBeGreaterThan(0);
      expect(answered + Number(lost)).toBe(220);
    });

    itWithSmallDisk('logs how many fault decisions a full disk rejected, and takes further ones', async () => {
      using disk = new SmallDisk();
      const file = disk.path('faults.ndjson');
      await using server = ccecho(['--udp', '--fault', 'duplicate=100%', '--seed', '1', '--fault-log', file]);
      await using peer = await udpClient(await server.port());
      const ask = async (times: number): Promise<void> => {
        for (let asked = 0; asked < times; asked += 1) {
          peer.send('hello');
          await peer.next();
          await peer.next();
        }
      };
      await ask(10);
      disk.fill();
      await ask(100);
      disk.free();
      await ask(10);
      expect(await server.stop()).toBe(0);
      const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
      const whole = lines
        .filter((line) => line.endsWith('}'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const [told] = whole.filter(({ event }) => event === 'lines lost');
      const { lines: lost } = told as { lines: number };
      expect(lost).toBeGreaterThan(0);
      expect(whole.filter(({ action }) => action === 'duplicate').length + lost).toBe(120);
      expect(server.stderr.text).toContain(
        `ccecho: warning: --fault-log ${file}: ${lost} lines could not be written\n`,
      );
    });

    it('continues to echo when nobody reads stderr, drops lines, and exits within 2 s', async () => {
      await using server = ccecho(['--udp', '--log-level', 'debug', '--log-format', 'json']);
      await server.port();
      server.child.stderr.unpipe().pause();
      await chatter(server);
      server.child.kill('SIGTERM');
      const exited = once(server.child, 'exit');
      expect(await took(exited)).toBeLessThan(2000);
      expect((await exited)[0]).toBe(0);
    });

    it('logs how many lines it dropped when they are read again', async () => {
      await using server = ccecho(['--udp', '--log-level', 'debug', '--log-format', 'json']);
      await server.port();
      server.child.stderr.unpipe(server.stderr).pause();
      await chatter(server);
      server.child.stderr.pipe(server.stderr);
      const [, dropped] = await server.stderr.until(/"event":"log lines lost","lines":(\d+),.*\n/);
      expect(await server.stop()).toBe(0);
      const events = server.stderr.lines.map((line) => (JSON.parse(line) as { event: string }).event);
      expect(events.filter((event) => event === 'answered')).toHaveLength(DATAGRAMS - Number(dropped));
    });

    installed('python3')('continues to echo when a terminal is stopped, and exits within 2 s', async () => {
      const command = [runtime, bin, '--port', '0', '--udp', '--log-level', 'debug'];
      await using terminal = new RunningServer(spawn('python3', ['-c', HELD_TERMINAL, ...command]));
      const [, pid] = await terminal.stdout.until(/pid (\d+)\n/);
      await chatter(terminal);
      process.kill(Number(pid), 'SIGTERM');
      expect(await took(terminal.ended)).toBeLessThan(2000);
      expect(await terminal.ended).toBe(0);
    });
  });

  describe('on a terminal', () => {
    const onTerminal = (env: Record<string, string>): RunningServer => {
      const command = `${runtime} ${bin} --host 127.0.0.1 --port 0`;
      return new RunningServer(spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, ...env } }));
    };

    installed('script', '--version')('shows how to go on in a dim line behind the transcript', async () => {
      await using server = onTerminal({ NO_COLOR: '', TERM: 'xterm' });
      const [, port] = await server.stdout.until(/listening on 127\.0\.0\.1:(\d+)\r\n.*ctrl-C\..*\r\n/);
      const hint = `  Talk to it with nc 127.0.0.1 ${port}; stop it with ctrl-C.`;
      expect(server.stdout.text.endsWith(`\u001b[2m${hint}\u001b[22m\r\n`)).toBe(true);
    });

    installed('script', '--version')('colours nothing with NO_COLOR', async () => {
      await using server = onTerminal({ NO_COLOR: '1' });
      await server.stdout.until(/ctrl-C\.\r\n/);
      expect(server.stdout.text).not.toContain('\u001b');
    });
  });
});
