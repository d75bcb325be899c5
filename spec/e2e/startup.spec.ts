import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bin, RunningServer } from '../support/process';

jest.setTimeout(30_000);

/** Runs Node until it ends, a server until it is told to; resolves with what was loaded: packages, and files of ours. */
const loadedBy = async (...words: readonly string[]): Promise<string[]> => {
  const printLoadedModules = join(__dirname, '../support/printLoadedModules.cjs');
  await using running = new RunningServer(spawn(process.execPath, ['--require', printLoadedModules, ...words]));
  if (words.includes('--port')) await running.port().then(() => running.stop());
  await running.ended;
  return JSON.parse(running.stderr.lines.at(-1)!) as string[];
};

const serving = [bin, '--host', '127.0.0.1', '--port', '0'];
const required = `const ccecho = require(${JSON.stringify(join(bin, '../../lib'))});`;

// How long it takes is for `npm run bench:startup` to say; what it takes is said here.
describe('start-up', () => {
  it.each(['--version', '--help', '--prot'])('loads nothing that serves for %s', async (word) => {
    const loaded = await loadedBy(bin, word);
    expect(loaded).toContain('commander');
    expect(
      loaded.filter((name) =>
        /^(rxjs|ix|winston|lib\/(server|tcp|udp|streams|backpressure|stages|faults))\b/.test(name),
      ),
    ).toEqual([]);
  });

  it('loads no server and no winston for ccecho faults', async () => {
    const loaded = await loadedBy(bin, 'faults');
    expect(loaded).toContain('lib/faults/catalogue');
    expect(loaded.filter((name) => /^(ix|winston|lib\/(server|tcp|udp))\b/.test(name))).toEqual([]);
  });

  it('loads no HTTP and no Prometheus for a server without --metrics', async () => {
    expect(await loadedBy(...serving)).not.toContain('prom-client');
    expect(await loadedBy(...serving, '--metrics', '0')).toEqual(expect.arrayContaining(['prom-client']));
  });

  it('loads no ix, and no fault, for a server that names none', async () => {
    const loaded = await loadedBy(...serving);
    expect(loaded).toEqual(expect.arrayContaining(['rxjs', 'winston', 'lib/server/echoServer']));
    expect(
      loaded.filter((name) => /^(ix|lib\/faults\/(catalogue|latency)|lib\/cli\/commands\/faultsCommand)/.test(name)),
    ).toEqual([]);
  });

  it('loads the catalogue for a server that names a fault', async () => {
    expect(await loadedBy(...serving, '--fault', 'latency=1ms')).toContain('lib/faults/catalogue');
  });

  it("loads no ix, winston or commander for require('ccecho'), and ix at the first call of lines", async () => {
    const loaded = await loadedBy('-e', required);
    expect(loaded).toEqual(expect.arrayContaining(['rxjs', 'lib/index']));
    expect(loaded.filter((name) => /^(ix|winston|commander)$/.test(name))).toEqual([]);
    expect(await loadedBy('-e', `${required} ccecho.lines([]);`)).toContain('ix');
  });
});
