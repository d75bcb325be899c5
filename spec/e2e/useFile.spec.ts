import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bin, ccecho, runtime, start, type RunningServer } from '../support/process';
import { readAll } from '../support/socket';
import { udpClient } from '../support/udp';

jest.setTimeout(20_000);

/** A folder without node_modules, nor any above it. */
const folder = mkdtempSync(join(tmpdir(), 'ccecho-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const SHOUT = '({ rx }) => rx.map((bytes) => Buffer.from(bytes.toString().toUpperCase()))';

/** The built command beside a file: `import()` of a file is not to be had in this process. */
const using = (path: string, ...words: string[]): RunningServer =>
  ccecho(['--host', '127.0.0.1', '--use', path, ...words], { cwd: folder });

const echoed = async (server: RunningServer, text: string): Promise<string> => {
  const socket: Socket = await server.client();
  socket.end(text);
  return String(await readAll(socket));
};

/** Runs the command with each of some files, and prints what each said. */
const RUN_EACH = `
const { PassThrough } = require('node:stream');
const { NEVER } = require(require.resolve('rxjs', { paths: [process.argv[1]] }));
const [module, ...files] = process.argv.slice(1);
const { run } = require(module);
const each = async (file) => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const status = await run(['--port', '0', '--use', file], { stdout, stderr, signal$: NEVER });
  return [file, { status, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') }];
};
Promise.all(files.map(each)).then((all) => console.log(JSON.stringify(Object.fromEntries(all))));
`;

describe('--use', () => {
  it.each([
    ['shout.js', `module.exports = ${SHOUT}`],
    ['shout.cjs', `module.exports = ${SHOUT}`],
    ['shout.mjs', `export default ${SHOUT}`],
    ['compiled.js', `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = ${SHOUT}`],
  ])('takes %s, from a folder in which nothing is installed', async (name, text) => {
    await using server = using(file(name, text));
    expect(await echoed(server, 'hello')).toBe('HELLO');
    expect(await server.stop()).toBe(0);
    expect(server.stderr.text).toBe('');
  });

  it('takes a path that is relative to where the command runs', async () => {
    file('relative.js', `module.exports = ${SHOUT}`);
    await using server = using('./relative.js', '--udp');
    await using peer = await udpClient(await server.port());
    peer.send('datagram');
    expect(String(await peer.next())).toBe('DATAGRAM');
    expect(await server.stop()).toBe(0);
  });

  it('composes with faults and dumps in the order of the command line', async () => {
    const shout = file('shout.js', `module.exports = ${SHOUT}`);
    await using server = using(shout, '--dump', 'text', '--fault', 'limit=3B', '--seed', '1');
    expect(await echoed(server, 'hello')).toBe('HEL');
    await server.stderr.until(/HELLO\n/);
    expect(await server.stop()).toBe(0);
  });

  it('calls a stage once before it serves, to see whether it returns an operator', async () => {
    const text = `module.exports = ({ rx }) => (console.error('called'), rx.map((bytes) => bytes))`;
    await using server = using(file('counted.js', text));
    await server.port();
    expect(await server.stop()).toBe(0);
    expect(server.stderr.text).toBe('called\n');
  });

  const HANDLER = `(peer) => peer.bytes$.pipe(peer.writes())`;

  it.each([
    ['handler.cjs', `exports.handler = ${HANDLER}`],
    ['handler.js', `module.exports = { handler: ${HANDLER} }`],
    ['handler.mjs', `export const handler = ${HANDLER}`],
  ])('serves the handler that %s exports, over TCP and UDP, with stages', async (name, text) => {
    await using server = using(file(name, text), '--tcp', '--udp', '--fault', 'limit=3B');
    expect(await echoed(server, 'hello')).toBe('hel');
    await using peer = await udpClient(await server.port());
    peer.send('ab');
    expect(String(await peer.next())).toBe('ab');
    expect(await server.stop()).toBe(0);
    expect(server.stdout.text).toContain(`TCP ${name} server listening on 127.0.0.1:`);
  });

  it('serves a handler in each worker', async () => {
    const path = file('pid.js', `exports.handler = (peer) => peer.bytes$.pipe(peer.writes())`);
    await using server = using(path, '--workers', '2');
    expect(await echoed(server, 'hello')).toBe('hello');
    expect(await server.stop()).toBe(0);
  });

  it('takes one handler', async () => {
    const [one, other] = ['one.js', 'other.js'].map((name) => file(name, `exports.handler = ${HANDLER}`));
    await using server = using(one!, '--use', other!);
    expect(await server.ended).toBe(2);
    expect(server.stderr.text).toMatch(
      /^ccecho: --use: both one\.js and other\.js export a handler; expected one \(.*\)\n$/,
    );
  });

  it('keeps the handler of a running server at a reload', async () => {
    const [one, other] = ['one.js', 'other.js'].map((name) => file(name, `exports.handler = ${HANDLER}`));
    const settings = (use: string): string => JSON.stringify({ use: [use] });
    const config = file('reload.json', settings(one!));
    await using server = ccecho(['--host', '127.0.0.1', '--config', config], { cwd: folder });
    await server.port();
    file('reload.json', settings(other!));
    server.child.kill('SIGHUP');
    await server.stderr.until(/the handler of a running server cannot change; restart it/);
    expect(await echoed(server, 'hello')).toBe('hello');
    expect(await server.stop()).toBe(0);
  });

  describe('reports in one line with status 2 what is wrong with', () => {
    const wrong: [string, string | undefined, string][] = [
      ['missing.js', undefined, 'file not found'],
      ['text.txt', 'hello', 'expected a .js, .cjs, .mjs or .ts file'],
      [
        'object.js',
        'module.exports = { stage: 1 }',
        'the default export is not a function; expected (context) => operator',
      ],
      ['named.mjs', `export const stage = ${SHOUT}`, 'the default export is not a function'],
      ['throws.js', `throw new Error('not today\\nnor tomorrow')`, 'it threw while loading: not today'],
      ['syntax.js', 'module.exports = (', 'it threw while loading: Unexpected'],
      ['needs.js', `require('no-such-package')`, "it threw while loading: Cannot find module 'no-such-package'"],
      ['called.js', `module.exports = () => { throw new Error('no') }`, 'it threw when called: no'],
      ['nothing.js', 'module.exports = () => undefined', 'it does not return an operator'],
      ['value.js', 'module.exports = () => 42', 'it does not return an operator'],
    ];
    const path = (name: string): string => join(folder, name);
    let said: Record<string, { status: number; stdout: string; stderr: string }>;

    // All in one process: `import()` of a file is not to be had in this one, and to start one for each takes its time.
    beforeAll(async () => {
      for (const [name, text] of wrong) if (text !== undefined) file(name, text);
      const paths = wrong.map(([name]) => path(name));
      await using all = start(process.execPath, ['-e', RUN_EACH, join(bin, '../../lib/cli/run.js'), ...paths]);
      await all.ended;
      said = JSON.parse(all.stdout.text) as typeof said;
    });

    it.each(wrong)('%s', (name, _text, message) => {
      const { status, stdout, stderr } = said[path(name)]!;
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^ccecho: [^\n]*\n$/);
      expect(stderr).toContain(`--use ${path(name)}: ${message}`);
    });
  });

  it('ends with 2, and names the file, when it does not load within 10 s', async () => {
    // Time runs a hundred times as fast.
    const hook = `const every = setInterval; globalThis.setInterval = (work, ms, ...rest) => every(work, ms / 100, ...rest);`;
    const path = file('hangs.mjs', `await new Promise(() => {}); export default ${SHOUT}`);
    const words = ['--import', `data:text/javascript,${hook}`, bin, '--port', '0', '--use', path];
    await using server = start(process.execPath, words);
    expect(await server.ended).toBe(2);
    expect([server.stdout.text, server.stderr.lines]).toEqual([
      '',
      [expect.stringContaining(`--use ${path}: it did not load within 10 s: does its top-level await settle?`)],
    ]);
  });

  // What is said is of Node: another runtime (`npm run test:bun`) may load them.
  if (runtime === process.execPath && !('typescript' in process.features && process.features.typescript)) {
    it('names for a .ts file the Node that loads it', async () => {
      const path = file('shout.ts', `export default ${SHOUT}`);
      await using server = using(path);
      expect(await server.ended).toBe(2);
      expect(server.stderr.text).toContain(
        `--use ${path}: Node ${process.versions.node} cannot load TypeScript; compile the file, or use Node 22.18 or later`,
      );
    });
  }

  it('ends the connection of which an operator throws, names the file, and serves the others', async () => {
    const path = file(
      'picky.js',
      `module.exports = ({ rx }) => rx.map((bytes) => {
        if (bytes.toString() === 'bad') throw new Error('I do not like it');
        return bytes;
      })`,
    );
    await using server = using(path);
    const socket = await server.client();
    const from = `127.0.0.1:${socket.localPort}`;
    socket.write('bad');
    await server.stderr.until(/\n/);
    expect(server.stderr.lines).toEqual([`ccecho: warning: ${from}: The stage "picky.js" failed: I do not like it`]);
    await server.stdout.until(/disconnected/);
    expect(await echoed(server, 'good')).toBe('good');
    expect(await server.stop()).toBe(0);
  });

  it('warns once of an asynchronous operator that is not accounted for, and names what is', async () => {
    await using server = using(file('slow.js', 'module.exports = ({ rx }) => rx.delay(1)'));
    for (const text of ['one', 'two', 'three']) expect(await echoed(server, text)).toBe(text);
    expect(await server.stop()).toBe(0);
    expect(server.stderr.lines).toHaveLength(1);
    expect(server.stderr.text).toMatch(/slow\.js.*perChunk.*pulled/);
  });
});

describe('SIGUSR2', () => {
  it('prints what the faults did, and the server continues', async () => {
    await using server = start(process.execPath, [
      bin,
      ...['--port', '0', '--host', '127.0.0.1', '--seed', '1', '--fault', 'latency=1ms'],
    ]);
    await server.stdout.until(/listening/);
    server.child.kill('SIGUSR2');
    await server.stderr.until(/^latency=1ms: 0 chunks, never fired\n/);
    expect(await server.stop()).toBe(0);
  });
});
