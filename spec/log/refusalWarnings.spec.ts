import { VirtualTimeScheduler } from 'rxjs';
import type { DropReason } from '../../lib/reasons';
import type { EchoEvent } from '../../lib/events';
import { refusalWarnings } from '../../lib/log/refusalWarnings';

const dropped = (reason: DropReason, host = '192.0.2.1', port = 7): EchoEvent => ({
  kind: 'dropped',
  remote: { host, port },
  reason,
  bytes: 5,
});

describe('refusalWarnings', () => {
  const scheduler = new VirtualTimeScheduler();

  it('logs a refused source and the reason once', () => {
    const lineOf = refusalWarnings(scheduler);
    expect(lineOf(dropped('reserved port'))).toEqual({
      level: 'warn',
      message:
        '192.0.2.1:7 is not answered: its source port is one of a service, as of another server (see --udp-ignore-ports)',
      fields: { event: 'refused', transport: 'udp', remote: '192.0.2.1:7', reason: 'reserved port' },
    });
    expect(lineOf(dropped('reserved port'))).toBeUndefined();
    expect(lineOf(dropped('reserved port', '192.0.2.1', 9))).toBeUndefined();
  });

  it('logs each source and each reason', () => {
    const lineOf = refusalWarnings(scheduler);
    const all = [dropped('port 0'), dropped('own port'), dropped('source address'), dropped('port 0', '192.0.2.2')];
    expect(all.map((event) => lineOf(event)?.fields['reason'])).toEqual([
      'port 0',
      'own port',
      'source address',
      'port 0',
    ]);
  });

  it('ignores events that are not refusals', () => {
    const lineOf = refusalWarnings(scheduler);
    expect(lineOf({ kind: 'stopping' })).toBeUndefined();
    expect(lineOf(dropped('overlimit'))).toBeUndefined();
  });

  it('names a hundred sources, then logs that it names no more', () => {
    const lineOf = refusalWarnings(scheduler);
    const lines = Array.from({ length: 200 }, (_, at) => lineOf(dropped('port 0', `192.0.2.${at}`)));
    expect(lines.filter((line) => line)).toHaveLength(101);
    expect(lines[100]?.message).toBe('100 sources were named here: further ones are only counted');
  });

  it('logs a denied source again after a minute of quiet', () => {
    const clock = new VirtualTimeScheduler();
    const lineOf = refusalWarnings(clock);
    const saidAtMs: number[] = [];
    for (const atMs of [0, 30_000, 89_999, 149_999, 150_000]) {
      clock.schedule(() => {
        const line = lineOf({
          kind: 'refused',
          transport: 'tcp',
          remote: { host: '192.0.2.1', port: 50_000 },
          reason: 'denied',
        });
        if (line) saidAtMs.push(atMs);
      }, atMs);
    }
    clock.flush();
    expect(saidAtMs).toEqual([0, 149_999]);
  });
});
