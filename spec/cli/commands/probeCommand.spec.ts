import { NEVER, Subject } from 'rxjs';
import { run } from '../../../lib/cli/run';
import { startEcho } from '../../../lib/server/startEcho';
import { Transcript } from '../../support/process';

jest.setTimeout(30_000);

const probing = (
  args: readonly string[],
  signal$: Subject<unknown> | typeof NEVER = NEVER,
  summary$ = NEVER as Subject<unknown> | typeof NEVER,
) => {
  const [stdout, stderr] = [new Transcript(), new Transcript()];
  return { stdout, stderr, status: run(['probe', ...args], { stdout, stderr, signal$, summary$ }) };
};

describe('probeCommand', () => {
  it('prints a line for each answer, and a summary as ping does', async () => {
    await using echo = await startEcho();
    const { status, stdout, stderr } = probing([`127.0.0.1:${echo.port}`, '-c3', '-i', '5ms']);
    expect(await status).toBe(0);
    expect(stderr.text).toBe('');
    const address = `127\\.0\\.0\\.1:${echo.port}`;
    expect(stdout.lines[0]).toMatch(
      new RegExp(`^PROBE 127\\.0\\.0\\.1 \\(${address}\\) tcp: 64 bytes from 127\\.0\\.0\\.1:\\d+$`),
    );
    const lines = stdout.lines.filter((line) => !line.startsWith('schedule missed'));
    expect(lines[1]).toMatch(/^connected from 127\.0\.0\.1:\d+ in [\d.]+ ms$/);
    expect(lines.slice(2, 5).map((line) => line.replace(/time=[\d.]+/, 'time=0'))).toEqual(
      [0, 1, 2].map((seq) => `64 bytes from 127.0.0.1:${echo.port}: seq=${seq} time=0 ms`),
    );
    expect(lines[5]).toBe(`--- 127.0.0.1:${echo.port} tcp probe statistics ---`);
    expect(lines[6]).toMatch(/^3 packets transmitted, 3 received, 0% packet loss, time \d+ms$/);
    expect(lines[7]).toMatch(/^rtt min\/avg\/max\/mdev = [\d.]+\/[\d.]+\/[\d.]+\/[\d.]+ ms$/);
  });

  it('prints the summary at a signal, and at each request meanwhile', async () => {
    await using echo = await startEcho({ udp: true, tcp: false });
    const [signal$, summary$] = [new Subject<unknown>(), new Subject<unknown>()];
    const { status, stdout } = probing(['-udp', '127.0.0.1', '-p', String(echo.port), '-i', '5ms'], signal$, summary$);
    await stdout.until(/seq=3/);
    summary$.next(0);
    signal$.next(0);
    expect(await status).toBe(0);
    expect(stdout.lines.filter((line) => line.startsWith('---'))).toHaveLength(2);
  });

  it('prints a line for each window, and no event in two of them', async () => {
    await using echo = await startEcho({ udp: true, tcp: false });
    const target = ['-udp', `127.0.0.1:${echo.port}`, '-c', '30', '-i', '50ms', '-q', '--window', '1s'];
    const { status, stdout } = probing(target);
    expect(await status).toBe(0);
    const windows = stdout.lines.filter((line) => line.startsWith('window: '));
    expect(windows).toHaveLength(2);
    expect(windows[0]).toMatch(
      /^window: \d+ sent, \d+ back, 0 lost; min [\d.]+, p50 [\d.]+, p90 [\d.]+, max [\d.]+ ms; jitter [\d.]+ ms$/,
    );
    const sum = (word: RegExp): number => windows.reduce((total, line) => total + Number(word.exec(line)![1]), 0);
    expect([sum(/(\d+) sent/), sum(/(\d+) back/)]).toEqual([30, 30]);
  });

  it('exports the metrics of several targets until a signal, also of those that fail', async () => {
    await using echo = await startEcho({ udp: true, tcp: false });
    const signal$ = new Subject<unknown>();
    const [good, bad] = [`127.0.0.1:${echo.port}`, 'no.such.host.invalid'];
    const { status, stdout, stderr } = probing(['-udp', good, bad, '-i', '10ms', '--metrics', '0'], signal$);
    await stdout.until(/metrics of 2 targets on (\S+)/);
    await stderr.until(/no\.such\.host\.invalid: Cannot resolve .*; trying again every 10 s\n/);
    const [, url] = /on (\S+)/.exec(stdout.text)!;
    const ask = async (): Promise<string> => (await fetch(url!)).text();
    const valueOf = (page: string, name: string, target: string): number =>
      Number(
        new RegExp(`^ccecho_probe_${name}\\{target="${target}",transport="udp"\\} (\\d+)$`, 'm').exec(page)?.[1] ?? -1,
      );
    let page = await ask();
    while (valueOf(page, 'rtt_seconds_count', good) < 5) page = await ask();
    signal$.next(0);
    expect(await status).toBe(0);
    expect(valueOf(page, 'sent_total', good)).toBeGreaterThanOrEqual(5);
    expect(valueOf(page, 'lost_total', good)).toBe(0);
    expect([valueOf(page, 'failures_total', bad), valueOf(page, 'sent_total', bad)]).toEqual([1, 0]);
  });

  it('prints one JSON document, whose times are integers of nanoseconds', async () => {
    await using echo = await startEcho({ udp: true, tcp: false });
    const { status, stdout } = probing(['-udp', `127.0.0.1:${echo.port}`, '-c', '20', '-i', '1ms', '--json']);
    expect(await status).toBe(0);
    expect(stdout.lines).toHaveLength(1);
    const document = JSON.parse(stdout.lines[0]!) as Record<string, Record<string, number | null>>;
    expect(document).toMatchObject({ v: 1, transport: 'udp', sent: 20, received: 20, lost: 0, refused: 0 });
    for (const value of Object.values(document['rttNs']!)) expect(value === null || Number.isInteger(value)).toBe(true);
    expect(document['rttNs']).toMatchObject({ p99: null, p99_9: null });
  });

  it('prints one JSON object per event, and the summary last', async () => {
    await using echo = await startEcho({ udp: true, tcp: false });
    const { status, stdout } = probing(['-udp', `127.0.0.1:${echo.port}`, '-c2', '-i', '1ms', '--ndjson']);
    expect(await status).toBe(0);
    const objects = stdout.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(objects.filter(({ kind }) => kind === 'verdict')).toMatchObject([
      { v: 1, seq: 0, verdict: 'ok', rttNs: expect.any(Number) as number },
      { v: 1, seq: 1, verdict: 'ok' },
    ]);
    expect(objects.at(-1)).toMatchObject({ kind: 'summary', sent: 2 });
  });

  it('exits with 1 when a limit is exceeded, and names it', async () => {
    await using echo = await startEcho({ udp: true, tcp: false, stages: ['latency=30ms'] });
    const target = ['-udp', `127.0.0.1:${echo.port}`, '-c', '20', '-i', '2ms', '-q'];
    const slow = probing([...target, '--max-rtt', 'p90=5ms', '--max-loss', '1%']);
    expect(await slow.status).toBe(1);
    expect(slow.stderr.text).toMatch(/^ccecho: round trip of [\d.]+ ms exceeds --max-rtt p90=5ms\n$/);
    expect(await probing([...target, '--max-rtt', 'p90=10s', '--max-loss', '1%']).status).toBe(0);
  });

  it('exits with 1 when everything is lost, and says that the target refuses', async () => {
    const echo = await startEcho({ udp: true, tcp: false });
    await echo.stop();
    const { status, stdout } = probing(['-udp', `127.0.0.1:${echo.port}`, '-c2', '-i', '5ms', '-W', '50ms']);
    expect(await status).toBe(1);
    expect(stdout.text).toContain('refuses: nothing listens there');
    expect(stdout.text).toContain('no answer for seq=0 within 0.05 s');
    expect(stdout.text).toContain('100% packet loss');
  });

  it('exits with 3 when it cannot connect or resolve', async () => {
    const echo = await startEcho();
    await echo.stop();
    for (const target of [`127.0.0.1:${echo.port}`, 'no.such.host.invalid']) {
      const { status, stderr } = probing([target, '-c1']);
      expect(await status).toBe(3);
      expect(stderr.text).toMatch(/^ccecho: Cannot (connect|resolve)[^\n]*\n$/);
    }
  });

  it('lists the flows, the worst first', async () => {
    await using echo = await startEcho({ udp: true, tcp: false });
    const { status, stdout } = probing(['-udp', `127.0.0.1:${echo.port}`, '-c8', '-i', '1ms', '--flows', '2', '-q']);
    expect(await status).toBe(0);
    expect(stdout.text).toMatch(
      /flows, the worst first:\n( {2}127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+ {2}0 of 4 lost\n){2}/,
    );
  });

  it.each([
    [[], 'no target'],
    [['x', 'y'], "unknown argument 'y': several targets"],
    [['x:7', '-p', '8'], 'name two ports'],
    [['x', '-i', '0.2'], '--interval: 0.2 has no unit; expected 200ms'],
    [['x', '-i', '500us'], 'expected at least 1ms'],
    [['x', '-tcp', '-udp'], 'a probe has one transport'],
    [['x', '-46'], '-4 cannot be combined with -6'],
    [['x', '--json', '--ndjson'], 'cannot be combined'],
    [['x', '-udp', '--reconnect'], 'works over TCP only'],
    [['x', '--max-loss', '1%'], 'a limit needs an end of the run'],
    [['x', '-c', '10', '--max-rtt', 'p99=20ms'], 'expected --count 101 or more'],
    [['x', '--max-rtt', 'fast'], 'expected for example p99=20ms'],
    [['x', '-I', 'eth0'], 'ip vrf exec eth0'],
    [['x', 'y', 'z'], 'several targets need --metrics'],
    [['x', '--metrics', '0', '--json'], 'cannot be combined with --json'],
    [['x', '--metrics', '0', '-c', '9', '--max-loss', '1%'], 'alert on the metrics instead'],
    [['x', '--window', '5ms'], 'expected at least 1s'],
    [['x', '--json', '--window', '5s'], 'use --ndjson'],
    [['-udp', 'x', '--dscp', 'EF'], 'nft add rule inet mark out udp dport 7 ip dscp set 46'],
    [['x', '--dscp', 'FE'], 'expected a class, for example EF'],
    [['x', '--pattern', 'xyz'], 'expected bytes in hex'],
  ])('rejects %j in one line with status 2', async (args, message) => {
    const { status, stdout, stderr } = probing(args);
    expect([await status, stdout.text]).toEqual([2, '']);
    expect(stderr.text).toMatch(/^ccecho: [^\n]*\n$/);
    expect(stderr.text).toContain(message);
  });
});
