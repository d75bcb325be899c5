import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ccecho, type RunningServer } from '../support/process';
import { read, readAll } from '../support/socket';
import { udpClient } from '../support/udp';

jest.setTimeout(20_000);

const folder = mkdtempSync(join(tmpdir(), 'ccecho-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A server with an operator of a user, which fails in a way of its own when the word comes by. */
const failing = (name: string, operator: string, ...words: string[]): RunningServer => {
  writeFileSync(join(folder, name), `module.exports = ({ rx }) => ${operator};`);
  return ccecho(['--host', '127.0.0.1', '--use', name, ...words], { cwd: folder });
};

const teardown = (when: string): string =>
  `(source) => {
    let fails = false;
    return source.pipe(
      rx.tap((bytes) => { if (bytes.includes('${when}')) fails = true; }),
      rx.finalize(() => { if (fails) throw new Error('boom'); }),
    );
  }`;

const onWord = (statement: string): string => `rx.tap((bytes) => { if (bytes.includes('fail')) { ${statement} } })`;

describe('an operator of a user that fails', () => {
  it('in a teardown ends its connection alone, and is named', async () => {
    await using server = failing('teardown.js', teardown('fail'));
    const [other, bad] = [await server.client(), await server.client()];
    other.write('one');
    await read(other, 3);
    const from = `127.0.0.1:${bad.localPort}`;
    bad.end('fail');
    expect(String(await readAll(bad))).toBe('fail');
    await server.stderr.until(/\n/);
    other.end('two');
    expect(String(await readAll(other))).toBe('two');
    expect(await server.stop()).toBe(0);
    expect(server.stderr.lines).toEqual([`ccecho: warning: ${from}: The stage "teardown.js" failed: boom`]);
  });

  it('in a teardown of a connection that is reset ends that one alone', async () => {
    await using server = failing('teardown.js', teardown('fail'));
    const [other, bad] = [await server.client(), await server.client()];
    bad.write('fail');
    await read(bad, 4);
    bad.resetAndDestroy();
    await server.stderr.until(/"teardown\.js" failed: boom\n/);
    other.end('hello');
    expect(String(await readAll(other))).toBe('hello');
    expect(await server.stop()).toBe(0);
  });

  it('in a teardown of a UDP flow does not change the status of a stop', async () => {
    await using server = failing('teardown.js', teardown('fail'), '--udp');
    await using peer = await udpClient(await server.port());
    peer.send('fail');
    expect(String(await peer.next())).toBe('fail');
    expect(await server.stop()).toBe(0);
    expect(server.stderr.text).toMatch(/^ccecho: warning: 127\.0\.0\.1:\d+: The stage "teardown\.js" failed: boom\n$/);
  });

  it.each([
    ['in a timer', `setTimeout(() => { throw new Error('boom'); })`],
    ['in a promise', `Promise.reject(new Error('boom'))`],
  ])('%s has the server drained, and status 1', async (_, statement) => {
    await using server = failing('later.js', onWord(statement));
    const [other, bad] = [await server.client(), await server.client()];
    other.write('hello');
    await read(other, 5);
    bad.write('fail');
    const [rest, echoed] = [readAll(other), readAll(bad)];
    expect([String(await rest), String(await echoed)]).toEqual(['', 'fail']);
    other.end();
    bad.end();
    expect(await server.ended).toBe(1);
    expect(server.stderr.lines).toEqual([
      'ccecho: warning: an operator of later.js (stage not known) threw: boom: the server drains and exits',
    ]);
  });

  it('in a timer of a worker has that worker replaced at once, while it drains', async () => {
    const timer = onWord(`setTimeout(() => { throw new Error('boom'); })`);
    await using server = failing('later.js', timer, '--workers', '2', '--tcp', '--udp');
    const sockets = [await server.client(), await server.client()];
    for (const socket of sockets) {
      socket.write('hello');
      await read(socket, 5);
    }
    sockets[0]!.write('fail');
    await server.stderr.until(/\n/);
    expect(server.stderr.text).toMatch(
      /^ccecho: warning: worker \d exited \(an operator of later\.js \(stage not known\) threw: boom\): 0 connections lost; a replacement starts\n$/,
    );
    expect(String(await readAll(sockets[0]!))).toBe('fail');
    for (const socket of [await server.client(), await server.client(), sockets[1]!]) {
      socket.end('served');
      expect(String(await readAll(socket))).toBe('served');
    }
    sockets[0]!.end();
    expect(await server.stop()).toBe(1);
  });

  it('to handle the reset of a connection ends nothing else', async () => {
    // RxJS subscribes to a subject that `tap` is given, without an error handler.
    await using server = failing('tap.js', `rx.tap(new rx.Subject())`);
    const [other, bad] = [await server.client(), await server.client()];
    bad.write('hello');
    await read(bad, 5);
    bad.resetAndDestroy();
    await server.stderr.until(/an operator of tap\.js \(stage not known\) did not handle an error: .*ECONNRESET\n/);
    other.end('hello');
    expect(String(await readAll(other))).toBe('hello');
    expect(await server.stop()).toBe(0);
  });
});
