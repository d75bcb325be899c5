import { version } from '../../package.json';
import { installPacked } from '../support/packed';

const consumer = installPacked();
const { write, output, it: itInstalled } = consumer;

/** What a test with the fixture does, whatever runs it. */
const roundTrip = [
  "  const { connect } = require('node:net');",
  "  const { text } = require('node:stream/consumers');",
  "  const answer = await text(connect(echo.port, '127.0.0.1').end('hello'));",
  "  require('node:assert').equal(answer, 'hello');",
];

// npm, jest and the compiler take their time on a busy machine.
jest.setTimeout(60_000);

describe('the package', () => {
  afterAll(consumer.remove);

  it('contains the build and the documents, and nothing else', () => {
    const paths = consumer.files.map(({ path }) => path);
    expect(
      paths
        .filter(
          (path) =>
            !/^(dist\/(bin|lib)\/.+\.(js|d\.ts)|deploy\/.+|docs\/.+\.(md|svg|mjs)|docs\/schema\/.+\.json|examples\/.+\.[jt]s)$/.test(
              path,
            ),
        )
        .sort(),
    ).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json']);
    expect(paths).toEqual(
      expect.arrayContaining([
        'dist/bin/ccecho.js',
        'dist/lib/index.js',
        'dist/lib/index.d.ts',
        'docs/README.md',
        'examples/shout.ts',
      ]),
    );
  });

  itInstalled('brings the command', async () => {
    expect((await output('npx', '--no', '--', 'ccecho', '--version')).split('\n')).toContain(version);
  });

  itInstalled('loads with require, and starts nothing', async () => {
    const script = write(
      'required.cjs',
      "const { startEcho, tcpServer } = require('ccecho');",
      'const active = process.getActiveResourcesInfo();',
      'console.log(JSON.stringify([typeof startEcho, typeof tcpServer, active]));',
    );
    expect(JSON.parse(await output(process.execPath, script))).toEqual(['function', 'function', []]);
  });

  itInstalled('gives its names to import', async () => {
    const script = write(
      'imported.mjs',
      "import { startEcho, tcpServer } from 'ccecho';",
      'const echo = await startEcho();',
      'console.log(JSON.stringify([typeof tcpServer, await echo.stop()]));',
    );
    const report = { connectionsDrained: 0, connectionsAborted: 0, bytesPending: 0, datagramsLost: 0 };
    expect(JSON.parse(await output(process.execPath, script))).toEqual(['function', report]);
  });

  itInstalled('is a fixture for node:test', async () => {
    const script = write(
      'fixture.cjs',
      "const { startEcho } = require('ccecho');",
      "const { after, before, test } = require('node:test');",
      'let echo;',
      'before(async () => { echo = await startEcho(); });',
      'after(() => echo.stop());',
      "test('comes back', async () => {",
      ...roundTrip,
      '});',
    );
    expect(await output(process.execPath, '--test', script)).toMatch(/ pass 1$/m);
  });

  itInstalled('is a fixture for jest', async () => {
    write(
      'fixture.test.js',
      "const { startEcho } = require('ccecho');",
      'let echo;',
      'beforeAll(async () => { echo = await startEcho(); });',
      'afterAll(() => echo.stop());',
      "test('comes back', async () => {",
      ...roundTrip,
      '});',
    );
    const jest = require.resolve('jest/bin/jest');
    expect(await output(process.execPath, jest, '--config', '{}', '--rootDir', consumer.folder)).toContain('1 passed');
  });

  itInstalled('has types that compile strictly, without skipLibCheck and without the DOM', async () => {
    const source = [
      "import { lines, perChunk, pulled, startEcho, tcpServer, type Echo, type EchoEvent, type Stage } from 'ccecho';",
      "import { delay, map, mergeMap, type Observable } from 'rxjs';",
      'const shout: Stage = () => map((bytes) => Buffer.from(bytes.toString().toUpperCase()));',
      'const stages = [shout, perChunk(delay(5)), pulled(lines)];',
      'export const echo: Promise<Echo> = startEcho({ stages, signal: new AbortController().signal });',
      'export const events = async (): Promise<Observable<EchoEvent>> => (await echo).events;',
      'export const dispose = async (): Promise<void> => (await echo)[Symbol.asyncDispose]();',
      'export const bytes$ = tcpServer({ port: 0 }).pipe(mergeMap((connection) => connection.bytes$.pipe(connection.writes())));',
      '// @ts-expect-error -- a port is a number: the types are seen',
      "export const wrong = tcpServer({ port: 'seven' });",
    ];
    const files = [write('consumer.cts', ...source), write('consumer.mts', ...source)];
    expect(await consumer.complaints(...files)).toBe('');
  });

  itInstalled('reports in the first line what is wrong with a handler', async () => {
    const file = write(
      'handler.cts',
      "import { serve } from 'ccecho';",
      'serve((peer) => { peer.bytes$.pipe(peer.writes()).subscribe(); }, { port: 0 });',
    );
    const { message } = (await consumer.complaints(file).then(
      () => undefined,
      (error: unknown) => error,
    )) as Error;
    expect(message).toContain("Type 'void' is not assignable to type 'Observable<unknown>'");
  });

  itInstalled('lets a handler forget `writes`: what its peer sends is discarded', async () => {
    const file = write('discard.cts', "import { serve } from 'ccecho';", 'serve((peer) => peer.bytes$, { port: 0 });');
    expect(await consumer.complaints(file)).toBe('');
  });
});
