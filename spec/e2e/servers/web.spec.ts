import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, exampleServer, itSurvivesCloseOrders } from '../../support/exampleServer';
import { installed } from '../../support/installed';
import { start, type RunningServer } from '../../support/process';

jest.setTimeout(60_000);

const GIB = 1024 ** 3;

const folder = mkdtempSync(join(tmpdir(), 'web-'));
const bytes = randomBytes(300_000);
writeFileSync(join(folder, 'index.html'), '<h1>hello</h1>\n');
writeFileSync(join(folder, 'a.txt'), 'abcdefghij');
writeFileSync(join(folder, 'empty.txt'), '');
writeFileSync(join(folder, 'ä b.txt'), 'named');
writeFileSync(join(folder, 'random'), bytes);
writeFileSync(join(folder, 'large'), '');
truncateSync(join(folder, 'large'), GIB);
mkdirSync(join(folder, 'sub'));
symlinkSync('/etc/passwd', join(folder, 'link'));
symlinkSync('a.txt', join(folder, 'inner'));

const web = (): RunningServer => exampleServer('web', [], { ROOT: folder });

const get = (target: string, ...headers: string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: x', ...headers, '\r\n'].join('\r\n');

/** The status line, the headers by name, and the body of a response. */
const parsed = (response: string) => {
  const end = response.indexOf('\r\n\r\n');
  const [status = '', ...lines] = response.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(': ', 2) as [string, string]));
  return { status: Number(status.split(' ')[1]), headers, body: response.slice(end + 4) };
};

describe('examples/servers/web', () => {
  let shared: RunningServer;
  beforeAll(() => void (shared = web()));
  afterAll(async () => {
    expect(await shared.stop()).toBe(0);
    rmSync(folder, { recursive: true });
  });

  itSurvivesCloseOrders(web, { question: get('/a.txt'), answer: /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nabcdefghij$/ });

  it.each([
    ['/', 200, '<h1>hello</h1>\n'],
    ['/a.txt?query#fragment', 200, 'abcdefghij'],
    ['http://x/a.txt', 200, 'abcdefghij'],
    ['/%C3%A4%20b.txt', 200, 'named'],
    ['/empty.txt', 200, ''],
    ['/inner', 200, 'abcdefghij'],
    ['/nothing', 404, '404 Not Found\n'],
    ['/sub', 404, '404 Not Found\n'],
    ['/sub/', 404, '404 Not Found\n'],
    ['/link', 404, '404 Not Found\n'],
    ['/../../../../etc/passwd', 404, '404 Not Found\n'],
    ['/%2e%2e/%2e%2e/%2e%2e/etc/passwd', 404, '404 Not Found\n'],
    ['/..%2f..%2f..%2fetc/passwd', 404, '404 Not Found\n'],
    ['/%zz', 400, '400 Bad Request\n'],
    ['/a%00', 400, '400 Bad Request\n'],
    ['a.txt', 400, '400 Bad Request\n'],
  ])('answers GET %s with %i', async (target, status, body) => {
    const response = parsed(await ask(await shared.port(), get(target)));
    expect(response).toMatchObject({ status, body });
    expect(response.headers['Content-Length']).toBe(String(body.length));
  });

  it.each([
    ['bytes=0-3', 206, 'abcd', 'bytes 0-3/10'],
    ['bytes=8-', 206, 'ij', 'bytes 8-9/10'],
    ['bytes=-3', 206, 'hij', 'bytes 7-9/10'],
    ['bytes=5-99', 206, 'fghij', 'bytes 5-9/10'],
    ['bytes=10-', 416, '416 Range Not Satisfiable\n', 'bytes */10'],
    ['bytes=4-2', 200, 'abcdefghij', undefined],
    ['bytes=0-1,3-4', 200, 'abcdefghij', undefined],
    ['lines=1-2', 200, 'abcdefghij', undefined],
  ])('answers the range %s with %i', async (range, status, body, contentRange) => {
    const response = parsed(await ask(await shared.port(), get('/a.txt', `Range: ${range}`)));
    expect(response).toMatchObject({ status, body });
    expect(response.headers['Content-Range']).toBe(contentRange);
  });

  it.each([
    ['GET / HTTP/2.0\r\nHost: x\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost : x\r\n\r\n', 400],
    ['GET / HT', 400],
    [`GET /${'a'.repeat(9000)} HTTP/1.1\r\n\r\n`, 431],
    [`GET / HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(5000)}\r\n`, 431],
    ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello', 405],
    ['DELETE /a.txt HTTP/1.1\r\nHost: x\r\n\r\n', 405],
  ])('answers %j with %i, and closes', async (question, status) => {
    const response = parsed(await ask(await shared.port(), question));
    expect(response.status).toBe(status);
    expect(response.headers['Connection']).toBe('close');
    if (status === 405) expect(response.headers['Allow']).toBe('GET, HEAD');
  });

  it('answers requests on one connection in their order, until one says close', async () => {
    await using server = web();
    const question =
      get('/a.txt') + get('/nothing') + get('/empty.txt') + get('/', 'Connection: close') + get('/a.txt');
    const answer = await ask(await server.port(), question);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual([200, 404, 200, 200].map((status) => `HTTP/1.1 ${status}`));
  });

  it('sends of a HEAD request the head alone', async () => {
    await using server = web();
    const answer = await ask(
      await server.port(),
      get('/a.txt').replace('GET', 'HEAD') + get('/nope').replace('GET', 'HEAD'),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Content-Length: 10\r\n[^]*\r\n\r\nHTTP\/1\.1 404 [^]*\r\n\r\n$/);
    expect(answer).not.toContain('abc');
  });

  it('resets the connection when a file becomes shorter, instead of ending the response early', async () => {
    await using server = web();
    const path = join(folder, 'shrinking');
    writeFileSync(path, '');
    truncateSync(path, 100 * 1024 * 1024);
    const socket = await server.client();
    socket.write(get('/shrinking'));
    await once(socket, 'readable');
    truncateSync(path, 0);
    const [{ code }] = (await once(socket.resume(), 'error')) as [NodeJS.ErrnoException];
    expect(code).toBe('ECONNRESET');
    expect(await server.stop()).toBe(0);
  });

  it('says that it closes after a request with a body, which it does not read', async () => {
    await using server = web();
    const answer = await ask(await server.port(), get('/nothing', 'Content-Length: 5') + 'hello');
    expect(parsed(answer)).toMatchObject({ status: 404, headers: { Connection: 'close' } });
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  it('closes after a request of HTTP/1.0', async () => {
    await using server = web();
    const socket = await server.client();
    socket.write('GET /a.txt HTTP/1.0\r\n\r\n');
    socket.resume();
    await once(socket, 'end');
    socket.destroy();
  });

  it('holds little of a file of 1 GiB for a client that never reads, and stops', async () => {
    await using server = web();
    const socket = await server.client();
    socket.write(get('/large') + get('/large'));
    await once(socket, 'readable');
    const readers = await Promise.all([1, 2, 3].map(async () => ask(await server.port(), get('/random'))));
    for (const each of readers) expect(each.slice(-bytes.length)).toBe(bytes.toString('latin1'));
    const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
    expect(Number(/VmHWM:\s+(\d+) kB/.exec(status)![1])).toBeLessThan(250 * 1024);
    socket.destroy();
    expect(await server.stop()).not.toBe(70);
  });

  installed('curl', '--version')('serves curl: whole files, ranges, and 1 GiB in bounded memory', async () => {
    await using server = web();
    const url = `http://127.0.0.1:${await server.port()}`;
    const curl = async (...words: string[]): Promise<Buffer> => {
      await using running = start('curl', ['-s', ...words]);
      expect(await running.ended).toBe(0);
      return running.stdout.bytes;
    };
    const sha = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
    expect(sha(await curl(`${url}/random`))).toBe(sha(bytes));
    expect(await curl('-r', '100-199', `${url}/random`)).toEqual(bytes.subarray(100, 200));
    const [first, second] = [`${url}/a.txt`, `${url}/a.txt`];
    expect(String(await curl('-o', '-', '-o', '-', '-w', '%{num_connects}', first, second))).toBe(
      'abcdefghij1abcdefghij0',
    );
    const large = await curl('-o', '/dev/null', '-w', '%{size_download}', `${url}/large`);
    expect(String(large)).toBe(String(GIB));
    const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
    expect(Number(/VmHWM:\s+(\d+) kB/.exec(status)![1])).toBeLessThan(250 * 1024);
    expect(await server.stop()).toBe(0);
  });

  installed('ab', '-V')('serves ab without a failure', async () => {
    await using server = web();
    const url = `http://127.0.0.1:${await server.port()}/a.txt`;
    await using ab = start('ab', ['-q', '-k', '-n', '2000', '-c', '20', url]);
    expect(await ab.ended).toBe(0);
    expect(ab.stdout.text).toMatch(/Complete requests:\s+2000\n/);
    expect(ab.stdout.text).toMatch(/Failed requests:\s+0\n/);
  });
});
