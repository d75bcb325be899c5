import { spawnSync } from 'node:child_process';
import { installed } from '../support/installed';
import { bin, ccecho, runtime, start, type RunningServer } from '../support/process';
import { read } from '../support/socket';

jest.setTimeout(30_000);

/** Where the metrics of a server are, as it says itself. */
const urlOf = async (server: RunningServer): Promise<string> => {
  const [, url] = await server.stderr.until(/^ccecho: metrics on (http:\S+)\/metrics$/m);
  return url!;
};

const hosted = ['--host', '127.0.0.1', '-tcp', '-udp', '--metrics', '0'];

describe('--metrics', () => {
  installed('promtool')('passes promtool check metrics', async () => {
    await using server = ccecho([...hosted, '--fault', 'latency=1ms', '--seed', '1']);
    const socket = await server.client();
    socket.write('hello');
    await read(socket, 5);
    const input = await (await fetch(`${await urlOf(server)}/metrics`)).text();
    expect(input).toContain('ccecho_connections_open 1\n');
    expect(input).toContain('ccecho_faults_injected_total{fault="latency",action="delayed"} 1\n');
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('answers during a drain that it is not ready, and keeps nothing alive after it', async () => {
    await using server = ccecho([...hosted, '--fault', 'stall,for=1h', '--seed', '1', '--grace', '3s']);
    const socket = await server.client();
    socket.write('hello');
    const url = await urlOf(server);
    while (!(await (await fetch(`${url}/metrics`)).text()).includes('ccecho_pending_bytes{transport="tcp"} 5\n'));
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const ended = server.stop();
    while ((await fetch(`${url}/readyz`)).status !== 503);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    socket.end();
    expect(await ended).toBe(0);
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  it('serves on for --shutdown-delay while it is not ready, and a second signal skips the rest', async () => {
    await using server = ccecho([...hosted, '--shutdown-delay', '1h']);
    const url = await urlOf(server);
    await server.port();
    server.child.kill('SIGTERM');
    await server.stderr.until(/^ccecho: continues to serve for 3600 s, then stops \(--shutdown-delay\)$/m);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    const socket = await server.client();
    socket.write('hello');
    expect(String(await read(socket, 5))).toBe('hello');
    socket.end();
    // A signal within half a second of the first is the same.
    const again = setInterval(() => server.child.kill('SIGTERM'), 200);
    expect(await server.ended).toBe(0);
    clearInterval(again);
  });

  it('ends with 3, and one line, when it cannot listen there', async () => {
    await using first = ccecho(hosted);
    const { port } = new URL(await urlOf(first));
    await using second = start(runtime, [bin, '--port', '0', '--metrics', port]);
    expect(await second.ended).toBe(3);
    expect(second.stderr.text).toMatch(/^ccecho: --metrics: Cannot listen [^\n]*choose another port with --metrics\n$/);
    expect(second.stdout.text).toBe('');
  });
});
