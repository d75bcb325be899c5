import Redis from 'ioredis';
import { readFileSync } from 'node:fs';
import { ask, exampleServer, itSurvivesCloseOrders } from '../../support/exampleServer';
import { installed } from '../../support/installed';
import { start } from '../../support/process';

jest.setTimeout(60_000);

const words = (...each: string[]): string =>
  `*${each.length}\r\n${each.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

describe('examples/servers/redis', () => {
  itSurvivesCloseOrders(() => exampleServer('redis'), {
    question: words('PING') + words('ECHO', 'hello'),
    answer: /^\+PONG\r\n\$5\r\nhello\r\n$/,
  });

  it.each([
    ['SET k 1', '+OK\r\n'],
    ['SET k 1\r\nGET k\r\nDEL k nothing\r\nEXISTS k', '+OK\r\n$1\r\n1\r\n:1\r\n:0\r\n'],
    ['SET k 1 XX\r\nSET k 1 NX\r\nSET k 2 NX\r\nGET k', '$-1\r\n+OK\r\n$-1\r\n$1\r\n1\r\n'],
    ['INCR n\r\nINCR n\r\nSET n x\r\nINCR n', ':1\r\n:2\r\n+OK\r\n-ERR value is not an integer or out of range\r\n'],
    ['TTL k\r\nSET k 1\r\nTTL k\r\nEXPIRE k 100\r\nTTL k\r\nEXPIRE no 1', ':-2\r\n+OK\r\n:-1\r\n:1\r\n:100\r\n:0\r\n'],
    ['SET k 1 EX 0', "-ERR invalid expire time in 'set' command\r\n"],
    ['SET k 1 EX', "-ERR invalid expire time in 'set' command\r\n"],
    ['SET k 1 PQ', '-ERR syntax error\r\n'],
    ['SET a 1\r\nMGET a b', '+OK\r\n*2\r\n$1\r\n1\r\n$-1\r\n'],
    ['\r\nPING hello', '$5\r\nhello\r\n'],
    ['NONSENSE', "-ERR unknown command 'NONSENSE'\r\n"],
    ['GET', "-ERR wrong number of arguments for 'get' command\r\n"],
    ['QUIT\r\nPING', '+OK\r\n'],
    ['*1\r\n$x', "-ERR Protocol error: expected '$' and a length\r\n"],
  ])('answers %j', async (question, answer) => {
    await using server = exampleServer('redis');
    expect(await ask(await server.port(), `${question}\r\n`)).toBe(answer);
  });

  it('keeps values of 1 MiB, and forgets those that expire', async () => {
    await using server = exampleServer('redis');
    const redis = new Redis(await server.port(), { enableReadyCheck: false });
    const value = 'x'.repeat(1024 * 1024);
    expect(await redis.set('big', value)).toBe('OK');
    expect(await redis.get('big')).toBe(value);
    await redis.set('short', '1', 'PX', 20);
    while ((await redis.get('short')) !== null);
    expect(await redis.ttl('short')).toBe(-2);
    await redis.quit();
    expect(await server.stop()).toBe(0);
  });

  it('publishes to those who have subscribed, and drops one that does not read', async () => {
    await using server = exampleServer('redis');
    const port = await server.port();
    const [publisher, subscriber] = [0, 1].map(() => new Redis(port, { enableReadyCheck: false })) as [Redis, Redis];
    const lazy = await server.client();
    lazy.write(words('SUBSCRIBE', 'news'));
    await new Promise((resolve) => lazy.once('data', resolve));
    lazy.pause();
    expect(await subscriber.subscribe('news')).toBe(1);
    let received = 0;
    subscriber.on('message', () => (received += 1));
    const text = 'x'.repeat(64 * 1024);
    let sent = 0;
    // Until the lazy one is dropped, there are two.
    while ((await publisher.publish('news', text)) === 2) sent += 1;
    expect(sent).toBeGreaterThan(16);
    expect(sent).toBeLessThan(1000);
    while (received < sent) await publisher.ping();
    publisher.disconnect();
    subscriber.disconnect();
    lazy.destroy();
    expect(await server.stop()).toBe(0);
  });

  it('drops a client that asks for gigabytes in one read, and does not take the replies', async () => {
    await using server = exampleServer('redis');
    const socket = await server.client();
    socket.write(words('SET', 'big', 'x'.repeat(1024 * 1024)));
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    socket.write('GET big\r\n'.repeat(7000));
    await server.stderr.until(/The client does not read: more than 67108864 bytes are waiting/);
    expect(await ask(await server.port(), 'PING\r\n')).toBe('+PONG\r\n');
    const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
    expect(Number(/VmHWM:\s+(\d+) kB/.exec(status)![1])).toBeLessThan(600 * 1024);
  });

  it('passes faults, as everything under the command', async () => {
    await using server = exampleServer('redis', ['--fault', 'latency=50ms']);
    const startMs = performance.now();
    expect(await ask(await server.port(), 'PING\r\n')).toBe('+PONG\r\n');
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(50);
    expect(server.stdout.text).toContain('TCP redis.js server listening on 127.0.0.1:');
  });

  installed('redis-benchmark', '--version')('serves redis-benchmark, also with 16 requests under way', async () => {
    await using server = exampleServer('redis');
    const port = String(await server.port());
    for (const pipeline of ['1', '16']) {
      const args = ['-p', port, '-t', 'ping,set,get,incr', '-n', '2000', '-P', pipeline, '-q'];
      await using benchmark = start('redis-benchmark', args);
      expect(await benchmark.ended).toBe(0);
      for (const name of ['PING_INLINE', 'PING_MBULK', 'SET', 'GET', 'INCR'])
        expect(benchmark.stdout.text).toMatch(new RegExp(`${name}: [\\d.]+ requests per second`));
    }
  });

  installed('redis-cli', '--version')('takes what redis-cli --pipe sends', async () => {
    await using server = exampleServer('redis');
    await using cli = start('redis-cli', ['-p', String(await server.port()), '--pipe']);
    cli.child.stdin.end(Array.from({ length: 5000 }, (_, index) => words('SET', `key:${index}`, 'value')).join(''));
    expect(await cli.ended).toBe(0);
    expect(cli.stdout.text).toContain('errors: 0, replies: 5000');
    expect(await ask(await server.port(), words('GET', 'key:4999'))).toBe('$5\r\nvalue\r\n');
  });
});
