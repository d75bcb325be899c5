import Ajv from 'ajv/dist/2020';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEVER } from 'rxjs';
import { run } from '../../../lib/cli/run';
import { probeEventJson } from '../../../lib/cli/measure/probeJson';
import type { ProbeEvent } from '../../../lib/measure/probe/probeEvent';
import { startEcho } from '../../../lib/server/startEcho';
import { Transcript } from '../../support/process';

jest.setTimeout(30_000);

const schemaNamed = (name: string): object =>
  JSON.parse(readFileSync(join(__dirname, `../../../docs/schema/${name}.schema.json`), 'utf8')) as object;

const ajv = new Ajv({ allErrors: true });
ajv.addSchema(schemaNamed('probe'));

/** The errors of each document by a schema of the package. */
const errorsOf = (name: string, documents: readonly unknown[]): unknown[] => {
  const validate = ajv.getSchema(`ccecho:${name}`) ?? ajv.compile(schemaNamed(name));
  return documents.flatMap((document) => (validate(document) ? [] : [{ document, errors: validate.errors }]));
};

const outputOf = async (...args: string[]): Promise<unknown[]> => {
  const [stdout, stderr] = [new Transcript(), new Transcript()];
  await run(args, { stdout, stderr, signal$: NEVER });
  expect(stderr.text).toBe('');
  return stdout.lines.map((line): unknown => JSON.parse(line));
};

describe('the JSON schemas', () => {
  it('describe what probe prints, of a good service and of one that loses', async () => {
    await using good = await startEcho({ tcp: true, udp: true });
    await using bad = await startEcho({ tcp: false, udp: true, stages: ['loss=50%'] });
    const args = ['-c', '20', '-i', '5ms', '-W', '50ms'];
    for (const target of [
      ['-tcp', `127.0.0.1:${good.port}`],
      ['-udp', `127.0.0.1:${good.port}`, '--flows', '2'],
      ['-udp', `127.0.0.1:${bad.port}`],
    ]) {
      expect(errorsOf('probe', await outputOf('probe', ...target, ...args, '--json'))).toEqual([]);
      const events = await outputOf('probe', ...target, ...args, '--ndjson', '-v', '--window', '1s');
      expect(errorsOf('probe-event', events)).toEqual([]);
      expect(new Set(events.map((event) => (event as ProbeEvent).kind))).toContain('window');
    }
  });

  it('describe every event of a probe', () => {
    const flow = { seq: 1, flow: 0 };
    const at = { ...flow, atMs: 1.5 };
    const readLate = { cause: 'run queue', lateMs: 0.25 } as const;
    const events: ProbeEvent[] = [
      { kind: 'verdict', ...at, verdict: 'late', rttMs: 2, readLate },
      { kind: 'verdict', ...at, verdict: 'truncated', bytes: 9 },
      { kind: 'verdict', ...at, verdict: 'merged', probes: 3 },
      { kind: 'verdict', ...at, verdict: 'wrong-source', from: '192.0.2.1:7' },
      { kind: 'verdict', ...at, verdict: 'send-error', code: 'EPERM' },
      { kind: 'verdict', ...at, verdict: 'corrupt' },
      { kind: 'duplicate', ...flow },
      { kind: 'stray', bytes: 3 },
      { kind: 'missed', slots: 2 },
      { kind: 'refused' },
      { kind: 'own', rttMs: 0.2 },
      { kind: 'connected', flow: 0, connectMs: 1, local: '127.0.0.1:5' },
      { kind: 'disconnected', flow: 0, reason: 'ECONNRESET' },
    ];
    expect(errorsOf('probe-event', events.map(probeEventJson))).toEqual([]);
    expect(probeEventJson(events[0]!)).toMatchObject({ rttNs: 2e6, readLate: { lateNs: 250_000 } });
  });

  it('reject what they do not describe', async () => {
    await using echo = await startEcho();
    const [document] = await outputOf('probe', `127.0.0.1:${echo.port}`, '-c1', '--json');
    expect(errorsOf('probe', [{ ...(document as object), jitterNs: 'NaN' }])).toHaveLength(1);
    expect(errorsOf('probe', [{ ...(document as object), more: 1 }])).toHaveLength(1);
    expect(errorsOf('probe-event', [document])).toHaveLength(1);
  });

  it('describe what load and check print', async () => {
    await using echo = await startEcho();
    const target = `127.0.0.1:${echo.port}`;
    const loads = [
      await outputOf('load', target, '--duration', '100ms', '--json'),
      await outputOf('load', target, '--duration', '100ms', '--rate', '500/s', '--json'),
    ];
    expect(errorsOf('load', loads.flat())).toEqual([]);
    expect(errorsOf('check', await outputOf('check', target, '--json'))).toEqual([]);
  });
});
