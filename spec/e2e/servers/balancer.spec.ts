import { once } from 'node:events';
import { exampleServer, itSurvivesCloseOrders } from '../../support/exampleServer';
import { installed } from '../../support/installed';
import { ccecho, start, type RunningServer } from '../../support/process';
import { client, read, readAll } from '../../support/socket';
import { udpClient } from '../../support/udp';

jest.setTimeout(60_000);

const backend = (port = '0'): RunningServer =>
  ccecho(['-tcp', '-udp', '--host', '127.0.0.1', ...(port === '0' ? [] : ['--port', port])]);

/** A balancer in front of two echo servers; everything ends with it. */
class Balanced implements AsyncDisposable {
  private constructor(
    readonly backends: RunningServer[],
    readonly balancer: RunningServer,
  ) {}

  static async start(policy = 'round-robin'): Promise<Balanced> {
    const backends = [backend(), backend()];
    const ports = await Promise.all(backends.map((each) => each.port()));
    const BACKENDS = [policy, ...ports.map((port) => `127.0.0.1:${port}`)].join(' ');
    return new Balanced(backends, exampleServer('balancer', ['-tcp', '-udp', '--grace', '2s'], { BACKENDS }));
  }

  async echo(text: string): Promise<string> {
    const socket = await client(await this.balancer.port());
    socket.end(text);
    return String(await readAll(socket));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of [this.balancer, ...this.backends]) await each[Symbol.asyncDispose]();
  }
}

/** The clients of a backend, without the checks: those send the same bytes, and are gone at once. */
const accepted = ({ stdout }: RunningServer): number => (stdout.text.match(/Accepted/g) ?? []).length;

describe('examples/servers/balancer', () => {
  describe('in front of one backend', () => {
    let echo: RunningServer;
    beforeAll(() => void (echo = backend()));
    afterAll(() => echo[Symbol.asyncDispose]());
    itSurvivesCloseOrders(async () => exampleServer('balancer', [], { BACKENDS: `127.0.0.1:${await echo.port()}` }), {
      question: 'hello, balancer',
      answer: /^hello, balancer$/,
    });
  });

  it.each(['round-robin', 'least-connections'])('gives clients to both backends by %s', async (policy) => {
    await using balanced = await Balanced.start(policy);
    const sockets = await Promise.all(Array.from({ length: 10 }, async () => client(await balanced.balancer.port())));
    for (const socket of sockets) socket.write('x');
    for (const socket of sockets) expect(String(await read(socket, 1))).toBe('x');
    for (const each of balanced.backends) expect(accepted(each)).toBeGreaterThanOrEqual(5);
    for (const socket of sockets) socket.destroy();
  });

  it('leaves a dead backend, and takes it back when it echoes again', async () => {
    await using balanced = await Balanced.start();
    expect(await balanced.echo('a')).toBe('a');
    const [dead, other] = balanced.backends as [RunningServer, RunningServer];
    const port = String(await dead.port());
    dead.child.kill('SIGKILL');
    await dead.ended;
    for (let each = 0; each < 20; each += 1) expect(await balanced.echo(`${each}`)).toBe(`${each}`);
    const again = backend(port);
    balanced.backends.push(again);
    await again.port();
    // A client keeps the checks running.
    const idle = await client(await balanced.balancer.port());
    while (accepted(again) < 3) expect(await balanced.echo('b')).toBe('b');
    idle.destroy();
    expect(accepted(other)).toBeGreaterThan(10);
  });

  it('finds backends again that were all dead', async () => {
    await using balanced = await Balanced.start();
    const ports = await Promise.all(balanced.backends.map((each) => each.port()));
    for (const each of balanced.backends) each.child.kill('SIGKILL');
    for (const each of balanced.backends) await each.ended;
    for (let each = 0; each < 4; each += 1) await balanced.echo('lost').catch(() => undefined);
    const again = ports.map((port) => backend(String(port)));
    balanced.backends.push(...again);
    for (const each of again) await each.port();
    for (let each = 0; each < 10; each += 1) expect(await balanced.echo(`${each}`)).toBe(`${each}`);
  });

  it('says what it expects if it has no backend', async () => {
    await using balancer = exampleServer('balancer', [], { BACKENDS: '' });
    expect(await balancer.ended).toBe(2);
    expect(balancer.stderr.text).toContain('balancer.js: it threw while loading: no backend; expected HOST:PORT');
  });

  it('lets a backend that drains finish its connections', async () => {
    await using balanced = await Balanced.start();
    const sockets = await Promise.all([1, 2].map(async () => client(await balanced.balancer.port())));
    for (const socket of sockets) {
      socket.write('one');
      expect(String(await read(socket, 3))).toBe('one');
    }
    const [first] = balanced.backends as [RunningServer];
    const stopped = first.stop();
    for (let each = 0; each < 10; each += 1) expect(await balanced.echo('new')).toBe('new');
    for (const socket of sockets) socket.end();
    await Promise.all(sockets.map((socket) => readAll(socket)));
    expect(await stopped).toBe(0);
  });

  it('passes a reset on, in both directions', async () => {
    await using balanced = await Balanced.start();
    const socket = await client(await balanced.balancer.port());
    socket.write('x');
    await read(socket, 1);
    const reset = once(socket, 'error') as Promise<[NodeJS.ErrnoException]>;
    for (const each of balanced.backends) each.child.kill('SIGKILL');
    socket.resume();
    // A killed process resets, or ends, what it had open.
    await Promise.race([reset.then(([{ code }]) => expect(code).toBe('ECONNRESET')), once(socket, 'end')]);
    socket.destroy();
  });

  it('keeps a UDP client at its backend, and whole datagrams', async () => {
    await using balanced = await Balanced.start();
    await using peer = await udpClient(await balanced.balancer.port());
    for (const text of ['a', 'b'.repeat(8000), 'c']) {
      peer.send(text);
      expect(String(await peer.next())).toBe(text);
    }
  });

  it('goes on under load while each backend is restarted in turn', async () => {
    await using balanced = await Balanced.start();
    const port = await balanced.balancer.port();
    await using load = start(process.execPath, [
      ...[require.resolve('../../../dist/bin/ccecho.js'), 'load', `127.0.0.1:${port}`],
      ...['--connections', '5', '--reconnect', '--duration', '3s', '--json'],
    ]);
    for (const each of [...balanced.backends]) {
      const own = String(await each.port());
      expect(await each.stop()).toBe(0);
      const again = backend(own);
      balanced.backends.push(again);
      await again.stdout.until(/Accepted/);
    }
    await load.ended;
    const { messages, errors } = JSON.parse(load.stdout.text) as { messages: number; errors: Record<string, number> };
    // A connection that the kernel takes while a backend closes its port is reset.
    const { reset = 0, ...others } = errors;
    expect([others, reset <= 2]).toEqual([{}, true]);
    expect(messages).toBeGreaterThan(50);
  });

  installed('redis-benchmark', '--version')('serves redis-benchmark', async () => {
    await using balanced = await Balanced.start();
    const words = ['-p', String(await balanced.balancer.port()), '-t', 'ping_mbulk', '-n', '2000', '-q'];
    await using benchmark = start('redis-benchmark', words);
    expect(await benchmark.ended).toBe(0);
    expect(benchmark.stdout.text).toMatch(/PING_MBULK: [\d.]+ requests per second/);
  });
});
