import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { startMetrics, type Metrics } from '../../lib/metrics/startMetrics';
import { ServerStats } from '../../lib/server/serverStats';

const at = { host: '127.0.0.1', port: 0 };
const stats = new ServerStats();
stats.watch({ counts: { datagramsIn: 1, bytesIn: 5, datagramsOut: 1, bytesOut: 5 } });
const options = { stats, counts: () => ({ loss: { frames: 10, dropped: 2, drawn: 10 } }), version: '1.2.3' };

/** Asks one page: its status and its text. */
const page = async ({ local }: Metrics, path: string, init?: RequestInit): Promise<[number, string]> => {
  const response = await fetch(`http://127.0.0.1:${local.port}${path}`, init);
  return [response.status, await response.text()];
};

describe('startMetrics', () => {
  let metrics: Metrics;
  beforeEach(async () => {
    metrics = await startMetrics(at, options);
  });
  afterEach(() => metrics.close());

  it('shows what the server did, and what faults did, without what only came by', async () => {
    stats.follow({ kind: 'dropped', reason: 'port 0', remote: { host: '192.0.2.1', port: 0 }, bytes: 5 });
    const [status, text] = await page(metrics, '/metrics');
    expect(status).toBe(200);
    expect(text).toContain('ccecho_bytes_received_total{transport="udp"} 5\n');
    expect(text).toContain('ccecho_faults_injected_total{fault="loss",action="dropped"} 2\n');
    expect(text).not.toMatch(/drawn|action="frames"/);
    expect(text).toContain(`ccecho_build_info{version="1.2.3",node="${process.version}"} 1\n`);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \S+$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(text).not.toContain('192.0.2.1');
  });

  it('returns the same values each time', async () => {
    await page(metrics, '/metrics');
    expect((await page(metrics, '/metrics'))[1]).toContain('ccecho_datagrams_sent_total 1\n');
  });

  it('is ready from when it listens until a stop began, and lives all the time', async () => {
    expect(await page(metrics, '/readyz')).toEqual([503, 'not ready\n']);
    metrics.follow({ kind: 'listening', transport: 'tcp', local: at });
    expect(await page(metrics, '/readyz')).toEqual([200, 'ok\n']);
    metrics.follow({ kind: 'stopping' });
    expect(await page(metrics, '/readyz')).toEqual([503, 'not ready\n']);
    expect(await page(metrics, '/livez')).toEqual([200, 'ok\n']);
  });

  it('is no longer ready after `markNotReady`', async () => {
    metrics.follow({ kind: 'listening', transport: 'tcp', local: at });
    metrics.notReady();
    expect((await page(metrics, '/readyz'))[0]).toBe(503);
  });

  it('has no other page, and is only read', async () => {
    expect((await page(metrics, '/'))[0]).toBe(404);
    expect((await page(metrics, '/metrics?x=1'))[0]).toBe(200);
    expect((await page(metrics, '/metrics', { method: 'POST' }))[0]).toBe(405);
    expect(await page(metrics, '/livez', { method: 'HEAD' })).toEqual([200, '']);
  });

  it('frees its port when it is closed', async () => {
    await page(metrics, '/livez');
    metrics.close();
    await expect(page(metrics, '/livez')).rejects.toThrow();
  });

  it('rejects with ERR_ECHO_LISTEN when the port is taken, and names its option', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(startMetrics({ ...at, port }, options)).rejects.toMatchObject({
      code: 'ERR_ECHO_LISTEN',
      message: expect.stringContaining(`--metrics: Cannot listen on TCP 127.0.0.1:${port}`) as string,
    });
    other.close();
  });
});
