import { latency, loss, probe, startEcho } from 'ccecho';
import { lastValueFrom } from 'rxjs';

jest.setTimeout(20_000);

it('measures the faults of an echo', async () => {
  await using echo = await startEcho({
    tcp: false,
    udp: true,
    seed: 7,
    stages: [latency({ delayMs: 20 }), loss({ ratio: 0.1 })],
  });
  const stats = await lastValueFrom(
    probe({ host: '127.0.0.1', port: echo.port, count: 200, intervalMs: 5, timeoutMs: 500 }),
  );

  expect(stats.sent).toBe(200);
  expect(stats.lossRatio).toBeCloseTo(0.1, 1);
  // Every byte of every answer is verified.
  expect([stats.corrupt, stats.truncated, stats.merged]).toEqual([0, 0, 0]);

  // Percentiles are in thousandths: p50 is 500. The echo adds 20 ms; the rest is this machine.
  expect(stats.rtt.min).toBeGreaterThanOrEqual(20);
  expect(stats.rtt.at(500)).toBeLessThan(40);
  // What the probe itself added to a round trip over loopback.
  expect(stats.own.at(500)).toBeLessThan(10);
});
