import { LateReadings } from '../../../lib/measure/probe/lateReading';
import type { ProcessLoad } from '../../../lib/measure/probe/processLoad';

/** The load after a round trip in which the process was busy, waited for a CPU, and collected garbage for so long. */
const after = (rttMs: number, busyMs: number, runQueueMs = 0, gcMs = 0): ProcessLoad => ({
  idleMs: rttMs - busyMs,
  runQueueMs,
  gcMs,
});

const NONE: ProcessLoad = { idleMs: 0, runQueueMs: 0, gcMs: 0 };

const judge = (...rounds: readonly [rttMs: number, load: ProcessLoad][]) => {
  const readings = new LateReadings();
  return rounds.map(([rttMs, load]) => readings.judge(rttMs, NONE, load)).at(-1);
};

const usual = Array.from({ length: 20 }, (): [number, ProcessLoad] => [20, after(20, 0.1, 0.05)]);

describe('LateReadings', () => {
  it('does not accuse a process that was as busy as usual', () => {
    expect(judge(...usual)).toBeUndefined();
    expect(judge(...usual, [300, after(300, 0.1, 0.05)])).toBeUndefined();
  });

  it('names the cause that exceeds the usual, and by how much', () => {
    const causeOf = (load: ProcessLoad) => judge(...usual, [20, load]);
    expect(causeOf(after(20, 5, 4))).toEqual({ cause: 'run queue', lateMs: expect.closeTo(3.95) as number });
    expect(causeOf(after(20, 5, 0, 0.6))).toEqual({ cause: 'garbage collection', lateMs: 0.6 });
    expect(causeOf(after(20, 5))).toEqual({ cause: 'busy loop', lateMs: expect.closeTo(4.9) as number });
  });

  it('gets used to a process that is always busy', () => {
    const busy = Array.from({ length: 40 }, (): [number, ProcessLoad] => [20, after(20, 5)]);
    expect(judge(busy[0]!)).toBeUndefined();
    expect(judge(...usual, ...busy)).toBeUndefined();
  });
});
