import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { version } from '../package.json';
import { itWhere } from './support/installed';

const repository = join(__dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'ccecho-package-'));
const consumer = join(folder, 'consumer');
mkdirSync(consumer);

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** The package as it would be published, of what is built. */
const [packed] = JSON.parse(
  execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: repository,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }),
) as [Packed];

const installation = spawnSync(
  'npm',
  ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, packed.filename)],
  { cwd: consumer, encoding: 'utf8', timeout: 240_000 },
);
const unreachable = /E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTCACHED)/;
const [reason] =
  installation.status === 0 ? [] : (unreachable.exec(`${installation.error} ${installation.stderr}`) ?? []);
if (installation.status !== 0 && !reason) throw new Error(`npm install failed:\n${installation.stderr}`);
const itInstalled = itWhere(!reason, `the registry cannot be reached: ${reason}`);

const write = (name: string, ...lines: readonly string[]): string => {
  writeFileSync(join(consumer, name), lines.join('\n'));
  return name;
};

/** Runs a program in the consumer's folder, and resolves with what it wrote; rejects with that when it failed. */
const output = (program: string, ...words: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(program, words, { cwd: consumer }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stdout}${stderr}`));
      else resolve(stdout + stderr);
    });
  });

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
  afterAll(() => rmSync(folder, { recursive: true }));

  it('holds what is built and what is read, and nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths.filter((path) => !/^dist\/(bin|lib)\/.+\.(js|d\.ts)$/.test(path)).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'package.json',
    ]);
    expect(paths).toEqual(expect.arrayContaining(['dist/bin/ccecho.js', 'dist/lib/index.js', 'dist/lib/index.d.ts']));
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
    const report = { connectionsDrained: 0, connectionsCut: 0, bytesOwed: 0, datagramsLost: 0 };
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
    expect(await output(process.execPath, jest, '--config', '{}', '--rootDir', consumer)).toContain('1 passed');
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
    const options = {
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      target: 'es2022',
      lib: ['es2022'],
      types: ['node'],
    };
    write('tsconfig.json', JSON.stringify({ compilerOptions: { ...options, module: 'nodenext' }, files }));
    // ix brings some of its own, of Node 13: a consumer has those of its Node.
    const nodeTypes = join(consumer, 'node_modules/@types/node');
    rmSync(nodeTypes, { recursive: true, force: true });
    mkdirSync(dirname(nodeTypes), { recursive: true });
    symlinkSync(dirname(require.resolve('@types/node/package.json')), nodeTypes, 'junction');

    expect(await output(process.execPath, require.resolve('typescript/bin/tsc'), '-p', consumer)).toBe('');
  });
});
