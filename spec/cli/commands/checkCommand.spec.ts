import { NEVER } from 'rxjs';
import { run } from '../../../lib/cli/run';
import { startEcho } from '../../../lib/server/startEcho';
import { Transcript } from '../../support/process';

jest.setTimeout(30_000);

const checking = async (...args: string[]): Promise<{ status: number; lines: string[]; stderr: string }> => {
  const [stdout, stderr] = [new Transcript(), new Transcript()];
  const status = await run(['check', ...args], { stdout, stderr, signal$: NEVER });
  return { status, lines: stdout.lines, stderr: stderr.text };
};

describe('checkCommand', () => {
  it('prints a line for each case and the verdict, and exits with 0', async () => {
    await using echo = await startEcho();
    const { status, lines, stderr } = await checking(`127.0.0.1:${echo.port}`);
    expect([status, stderr]).toEqual([0, '']);
    expect(lines[0]).toBe(`CHECK 127.0.0.1 (127.0.0.1:${echo.port})`);
    expect(lines.filter((line) => /^tcp {2}\S.* ok$/.test(line))).toHaveLength(8);
    expect(lines).toContain('udp: refused');
    expect(lines.at(-1)).toBe('the server keeps RFC 862');
  });

  it('exits with 1 when the server violates RFC 862, and names what came back', async () => {
    await using echo = await startEcho({ stages: ['corrupt=100%'] });
    const { status, lines } = await checking('-tcp', '127.0.0.1', '-p', String(echo.port));
    expect(status).toBe(1);
    expect(lines.at(-1)).toMatch(/^the server violates RFC 862 in \d of 8 cases$/);
    expect(lines.find((line) => line.startsWith('tcp  64 KiB '))).toContain('not as they were sent');
  });

  it('exits with 3 when nothing answers, or the name is unknown', async () => {
    const echo = await startEcho();
    await echo.stop();
    for (const target of [`127.0.0.1:${echo.port}`, 'no.such.host.invalid']) {
      const { status, stderr } = await checking(target);
      expect(status).toBe(3);
      expect(stderr).toMatch(/^ccecho: [^\n]+\n$/);
    }
  });

  it('prints one JSON document', async () => {
    await using echo = await startEcho();
    const { status, lines } = await checking('-tcp', `127.0.0.1:${echo.port}`, '--json');
    expect([status, lines.length]).toEqual([0, 1]);
    expect(JSON.parse(lines[0]!)).toMatchObject({ v: 1, ok: true, results: { length: 8 }, silent: [] });
  });

  it.each([
    [[], 'no target'],
    [['x', 'y'], "unknown argument 'y'"],
    [['x', '-46'], '-4 cannot be combined'],
    [['x', '-c', '5'], 'unknown option'],
  ])('rejects %j in one line with status 2', async (args, message) => {
    const { status, lines, stderr } = await checking(...args);
    expect([status, lines]).toEqual([2, []]);
    expect(stderr).toContain(message);
  });
});
