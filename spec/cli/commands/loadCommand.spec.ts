import { NEVER } from 'rxjs';
import { run } from '../../../lib/cli/run';
import { startEcho } from '../../../lib/server/startEcho';
import { Transcript } from '../../support/process';

jest.setTimeout(30_000);

const loading = async (...args: string[]): Promise<{ status: number; lines: string[]; stderr: string }> => {
  const [stdout, stderr] = [new Transcript(), new Transcript()];
  const status = await run(['load', ...args], { stdout, stderr, signal$: NEVER });
  return { status, lines: stdout.lines, stderr: stderr.text };
};

describe('loadCommand', () => {
  it('prints the rates, the errors and the percentiles', async () => {
    await using echo = await startEcho();
    const { status, lines, stderr } = await loading(
      `127.0.0.1:${echo.port}`,
      '--duration',
      '100ms',
      '--connections',
      '2',
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(lines[0]).toBe(`LOAD 127.0.0.1:${echo.port} tcp: 2 connections, 64 bytes, 0.1 s`);
    expect(lines[1]).toMatch(/^\d+ messages in 0\.1\d s: \d+ messages\/s, [\d.]+ [kM]?B\/s$/);
    expect(lines[2]).toBe('errors: none');
    expect(lines[3]).toMatch(/^round trip: min [\d.]+, p50 [\d.]+, p90 [\d.]+, p99 \S+, p99\.9 \S+, max [\d.]+ ms$/);
    expect(lines[4]).toMatch(/^this process used \d\.\d\d cores$/);
  });

  it('prints one JSON document, with the time from when messages were due', async () => {
    await using echo = await startEcho({ udp: true, tcp: false });
    const { status, lines } = await loading(
      '-udp',
      `127.0.0.1:${echo.port}`,
      '--duration',
      '100ms',
      '--rate',
      '500/s',
      '--json',
    );
    expect([status, lines.length]).toEqual([0, 1]);
    const document = JSON.parse(lines[0]!) as { rttNs: { p50: number }; fromDueNs: { p50: number } };
    expect(document).toMatchObject({ v: 1, errors: {} });
    expect(Number.isInteger(document.fromDueNs.p50)).toBe(true);
    expect(document.fromDueNs.p50).toBeGreaterThanOrEqual(document.rttNs.p50);
  });

  it('exits with 1 when messages do not come back', async () => {
    await using echo = await startEcho({ stages: ['corrupt=100%'] });
    const { status, lines } = await loading(`127.0.0.1:${echo.port}`, '--duration', '100ms', '-s', '5000');
    expect(status).toBe(1);
    expect(lines[2]).toMatch(/^errors: \d+ corrupt/);
  });

  it('exits with 3 when it cannot connect', async () => {
    const echo = await startEcho();
    await echo.stop();
    const { status, stderr } = await loading(`127.0.0.1:${echo.port}`);
    expect(status).toBe(3);
    expect(stderr).toMatch(/^ccecho: Cannot connect[^\n]*\n$/);
  });

  it.each([
    [[], 'no target'],
    [['x', '-n', '5'], '-n means different things to load generators; expected --count'],
    [['x', '-c', '5'], '-c means different things to load generators; expected --connections'],
    [['x', '-d', '5'], 'expected --duration'],
    [['x', '-tcp', '-udp'], 'a load has one transport'],
    [['x', '-udp', '--reconnect'], 'works over TCP only'],
    [['x', '-s', '0'], 'expected a number of bytes from 1'],
    [['x', '-udp', '-s', '70000'], 'at most 65507'],
    [['x', '-udp', '-s', '3', '--depth', '2'], 'cannot be told apart'],
    [['x', '--rate', '10'], '10 has no unit'],
  ])('rejects %j in one line with status 2', async (args, message) => {
    const { status, lines, stderr } = await loading(...args);
    expect([status, lines]).toEqual([2, []]);
    expect(stderr).toMatch(/^ccecho: [^\n]*\n$/);
    expect(stderr).toContain(message);
  });
});
