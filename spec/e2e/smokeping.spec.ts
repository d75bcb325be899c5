import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startEcho } from '../../lib/server/startEcho';

jest.setTimeout(30_000);

const root = join(__dirname, '../..');

describe('deploy/smokeping/echoping', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'smokeping-'));
    const command = join(folder, 'ccecho');
    writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${root}/dist/bin/ccecho.js" "$@"\n`);
    chmodSync(command, 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const echoping = async (...args: string[]): Promise<{ status: unknown; lines: string[] }> => {
    const env = { ...process.env, CCECHO: join(folder, 'ccecho') };
    const child = spawn(join(root, 'deploy/smokeping/echoping'), args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    const [stdout, [status]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<unknown[]>]);
    return { status, lines: stdout.split('\n').slice(0, -1) };
  };

  // The options, and the pattern of a line, are those of Smokeping::probes::EchoPing.
  it.each([
    ['tcp', ['-w', '0.01', '-t', '2', '-n', '5']],
    ['udp', ['-t', '5', '-s', '100', '-f', 'A', '-w', '0.01', '-4', '-u', '-n', '5']],
  ])('prints a time for each answer over %s, as echoping did', async (_, args) => {
    await using echo = await startEcho({ tcp: true, udp: true });
    const { status, lines } = await echoping(...args, `127.0.0.1:${echo.port}`);
    expect([status, lines.length]).toEqual([0, 5]);
    for (const line of lines) expect(line).toMatch(/^Elapsed time: (\d+\.\d+) seconds$/);
  });

  it('prints nothing for a probe that is lost, and has the status of ccecho', async () => {
    await using echo = await startEcho({ tcp: false, udp: true, stages: ['loss=100%'] });
    const args = ['-u', '-n', '2', '-w', '0.01', '-t', '0.05'];
    expect(await echoping(...args, `127.0.0.1:${echo.port}`)).toEqual({ status: 1, lines: [] });
  });

  it('takes one host', async () => {
    expect(await echoping('-u')).toEqual({ status: 2, lines: [] });
  });
});
