import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Subject } from 'rxjs';
import { run } from '../../../lib/cli/run';
import { Transcript } from '../../support/process';
import { read, readAll } from '../../support/socket';
import { Command } from '../../support/command';
import { udpClient } from '../../support/udp';

jest.setTimeout(20_000);

const folder = mkdtempSync(join(tmpdir(), 'ccecho-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the command with faults', () => {
  it('passes the bytes through the stages in the order of the command line', async () => {
    await using limited = new Command(
      '--host',
      '127.0.0.1',
      '--seed',
      '1',
      '--fault',
      'limit=3B',
      '--dump',
      'text',
      '--fault',
      'slice=1B',
    );
    expect(String(await limited.echo('hello'))).toBe('hel');
    expect(await limited.stop()).toBe(0);
    expect(limited.stderr.text).toContain('at 0, 3 bytes');

    await using sliced = new Command(
      '--host',
      '127.0.0.1',
      '--seed',
      '1',
      '--fault',
      'slice=1B',
      '--dump',
      'text',
      '--fault',
      'limit=3B',
    );
    expect(String(await sliced.echo('hello'))).toBe('hel');
    expect(await sliced.stop()).toBe(0);
    expect(sliced.stderr.text.match(/, 1 byte\n/g)).toHaveLength(3);
  });

  it('prints on stderr the seed that repeats the run, when none is given', async () => {
    await using command = new Command('--host', '127.0.0.1', '--fault', 'loss=1%');
    await command.port();
    const [line] = command.stderr.lines;
    expect(line).toMatch(/^ccecho: fault seed (\d+) \(repeat with --seed \1\)$/);
    expect(await command.stop()).toBe(0);
    expect(command.stdout.lines).toHaveLength(1);
  });

  it.each([[['--fault', 'loss=1%', '--seed', '5']], [['--dump', 'hex']]])('prints no seed with %j', async (words) => {
    await using command = new Command('--host', '127.0.0.1', ...words);
    await command.port();
    expect(await command.stop()).toBe(0);
    expect(command.stderr.text).not.toContain('fault seed');
  });

  it('prints at the stop what each fault did, or that it never fired', async () => {
    await using command = new Command(
      '--host',
      '127.0.0.1',
      '--seed',
      '42',
      '--fault',
      'latency=1ms',
      '--fault',
      'reset,after=1GiB',
    );
    expect(String(await command.echo('hello'))).toBe('hello');
    expect(await command.stop()).toBe(0);
    expect(command.stderr.lines).toEqual([
      expect.stringMatching(/^latency=1ms: 1 chunk, mean \d+\.\d ms, buffered at most 5 B$/),
      'reset,after=1GiB: 1 chunk, never fired',
    ]);
  });

  it('prints the seed of faults that draw random numbers', async () => {
    await using command = new Command('--host', '127.0.0.1', '--udp', '--seed', '42', '--fault', 'loss=100%');
    await using peer = await udpClient(await command.port());
    for (let n = 0; n < 3; n += 1) peer.send('x');
    expect(await command.stop()).toBe(0);
    expect(command.stderr.lines).toEqual(['loss=100%: 3 datagrams, 3 dropped (100.00 %), seed 42']);
  });

  it('prints it at SIGUSR2 too, and continues', async () => {
    await using command = new Command('--host', '127.0.0.1', '--seed', '42', '--fault', 'latency=1ms', '--summary');
    const socket = await command.client();
    socket.write('hello');
    expect(String(await read(socket, 5))).toBe('hello');
    command.summarize();
    expect(command.stderr.lines).toEqual([
      expect.stringMatching(/^latency=1ms: 1 chunk, mean/),
      'tcp: 1 connection, 1 open, 5 B in, 5 B out',
    ]);
    socket.end('again');
    expect(String(await readAll(socket))).toBe('again');
    expect(await command.stop()).toBe(0);
    expect(command.stderr.lines).toHaveLength(4);
  });

  it('prints with --summary what a plain server served', async () => {
    await using command = new Command('--host', '127.0.0.1', '--summary', '-tcp', '-udp');
    expect(String(await command.echo('hello'))).toBe('hello');
    await using peer = await udpClient(await command.port());
    peer.send('datagram');
    expect(String(await peer.next())).toBe('datagram');
    expect(await command.stop()).toBe(0);
    expect(command.stderr.lines).toEqual([
      'tcp: 1 connection, 0 open, 5 B in, 5 B out',
      'udp: 1 datagram, 8 B in, 8 B out, 0 not answered',
    ]);
  });

  it('writes the same decisions in two runs with one seed, but for the time', async () => {
    const sent = Buffer.alloc(200_000, 'the same bytes');
    const decisions = async (file: string): Promise<Record<string, unknown>[]> => {
      const path = join(folder, file);
      const faults = ['--fault', 'loss=20%,rto=1ms', '--fault', 'corrupt=10%'];
      await using command = new Command('--host', '127.0.0.1', '--seed', '42', ...faults, '--fault-log', path);
      await command.echo(sent);
      expect(await command.stop()).toBe(0);
      return readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    };
    // By fault: how the decisions of two faults interleave is a matter of time.
    const ofEach = (records: Record<string, unknown>[]) =>
      ['loss', 'corrupt'].map((name) =>
        records.filter(({ fault }) => fault === name).map(({ t, ...rest }) => (expect(typeof t).toBe('number'), rest)),
      );
    const [one, two] = [ofEach(await decisions('one.ndjson')), ofEach(await decisions('two.ndjson'))];
    expect(one[0]!.length).toBeGreaterThan(5);
    expect(one[1]!.length).toBeGreaterThan(5);
    expect(one).toEqual(two);
  });

  it('keeps stdout the exact transcript, whatever it dumps', async () => {
    await using command = new Command(
      '--host',
      '127.0.0.1',
      '--dump',
      'hex',
      '--fault',
      'latency=1ms',
      '--dump',
      'marbles',
      '--seed',
      '1',
    );
    const socket = await command.client();
    const from = `127.0.0.1:${socket.localPort}`;
    socket.end('hello');
    expect(String(await readAll(socket))).toBe('hello');
    await command.stdout.until(/disconnected\n/);
    expect(await command.stop()).toBe(0);
    expect(command.stdout.lines).toEqual([
      `TCP Echo server listening on 127.0.0.1:${await command.port()}`,
      `Accepted connection from: ${from}`,
      'Client disconnected',
    ]);
    expect(command.stderr.lines.slice(0, 2)).toEqual([
      `${from} in tcp at 0, 5 bytes`,
      `00000000  68 65 6c 6c 6f${' '.repeat(35)} |hello|`,
    ]);
    expect(command.stderr.text).toMatch(new RegExp(`^${from} out +[-()a|]+$`, 'm'));
  });

  describe('that are wrong', () => {
    it.each([
      [['--fault', 'latensy=5ms'], "unknown fault 'latensy': did you mean latency?"],
      [['--fault', 'loss=1'], 'loss: 1 has no unit; expected 1% or 100%'],
      [['--fault', 'latency'], 'latency: missing'],
      [['--fault', 'rate=1kbps'], 'kbps is ambiguous'],
      [['--fault', 'duplicate=1%'], 'duplicate: works on udp only; this server serves tcp'],
      [['--udp', '--fault', 'slice=5B'], 'slice: works on tcp only; this server serves udp'],
      [['--fault', 'blackhole,then=resume'], 'a TCP stream cannot go on after losing bytes'],
      [['--fault', 'latency=1ms', '--fault', 'latency=1ms,jiter=2ms'], 'did you mean jitter?'],
      [['--dump', 'octal'], '--dump: invalid form "octal"'],
      [['--use', '/nowhere/op.js'], '--use /nowhere/op.js: file not found'],
      [['--seed', 'x', '--fault', '3g'], 'expected a whole number'],
      [['--seed', '1', '--fault', '3g', '--fault-log', '/nowhere/log'], '--fault-log /nowhere/log: ENOENT'],
    ])('are reported in one line with status 2, before any socket opens: %j', async (words, message) => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const [stdout, stderr] = [new Transcript(), new Transcript()];
      // The port is taken: whoever opened a socket first would say that.
      const taken = ['--host', '127.0.0.1', '--port', `${port}`];
      const status = await run([...taken, ...words], { stdout, stderr, signal$: new Subject() });
      server.close();
      expect([status, stdout.text]).toEqual([2, '']);
      expect(stderr.text).toMatch(/^ccecho: [^\n]*\n$/);
      expect(stderr.text).toContain(message);
    });
  });
});
