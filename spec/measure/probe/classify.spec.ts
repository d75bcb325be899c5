import { of, toArray } from 'rxjs';
import { classify } from '../../../lib/measure/probe/classify';
import { Payload } from '../../../lib/measure/probe/payload';
import type { ProbeEvent, ProbeSignal } from '../../../lib/measure/probe/probeEvent';

const payload = new Payload(64, 0xcafe);
const sent = (seq: number, flow = 0): ProbeSignal => ({ kind: 'sent', seq, flow, atMs: seq * 10, lateMs: 0 });
const timeout = (seq: number): ProbeSignal => ({ kind: 'timeout', seq });
const answer = (data: Buffer, atMs = 100, from?: string): ProbeSignal => ({
  kind: 'answer',
  flow: 0,
  data,
  atMs,
  ...(from !== undefined && { from }),
});

const eventsOf = (signals: readonly ProbeSignal[], of_ = payload, isStream = false): ProbeEvent[] => {
  let events: ProbeEvent[] = [];
  of(...signals)
    .pipe(classify({ payload: of_, timeoutMs: 1000, isStream }), toArray())
    .subscribe((all) => (events = all));
  return events;
};

/** The verdicts in the order in which they came, as text. */
const verdictsOf = (...signals: readonly ProbeSignal[]): string[] => textOf(eventsOf(signals));
const textOf = (events: readonly ProbeEvent[]): string[] =>
  events.flatMap((event) => {
    if (event.kind === 'sent') return [];
    if (event.kind !== 'verdict') return [`${event.kind} ${'seq' in event ? event.seq : ''}`.trim()];
    const extra = 'bytes' in event ? event.bytes : 'probes' in event ? event.probes : 'from' in event ? event.from : '';
    return [`${event.seq} ${event.verdict} ${extra}`.trim()];
  });

describe('classify', () => {
  it('is ok with the bytes that were sent, and measures from the send', () => {
    expect(eventsOf([sent(1), answer(payload.of(1), 12.5)])).toContainEqual({
      kind: 'verdict',
      seq: 1,
      flow: 0,
      atMs: 12.5,
      rttMs: 2.5,
      verdict: 'ok',
    });
  });

  it('gives every probe a verdict when the source completes', () => {
    expect(verdictsOf(sent(0), sent(1), answer(payload.of(1)))).toEqual(['1 ok', '0 lost']);
  });

  it('is overdue after the timeout, then late if the answer comes, or lost at the second timeout', () => {
    expect(verdictsOf(sent(0), sent(1), timeout(0), timeout(1), answer(payload.of(0)), timeout(0), timeout(1))).toEqual(
      ['overdue 0', 'overdue 1', '0 late', '1 lost'],
    );
  });

  it('counts a second answer as a duplicate, and one of an earlier run as stray', () => {
    const other = new Payload(64, 0xbeef).of(0);
    expect(verdictsOf(sent(0), answer(payload.of(0)), answer(payload.of(0)), answer(other))).toEqual([
      '0 ok',
      'duplicate 0',
      'stray',
    ]);
  });

  it('is corrupt with any other byte', () => {
    for (const index of [0, 4, 8, 63]) {
      const damaged = payload.of(7);
      damaged[index]! ^= 1;
      expect(verdictsOf(sent(7), answer(damaged))).toEqual(['7 corrupt']);
    }
    expect(verdictsOf(sent(7), answer(Buffer.concat([payload.of(7), Buffer.alloc(1)])))).toEqual(['7 corrupt']);
  });

  it('is truncated with the first bytes, also within the header if it is the only one', () => {
    expect(verdictsOf(sent(0), sent(1), answer(payload.of(1).subarray(0, 20)))).toEqual(['1 truncated 20', '0 lost']);
    expect(verdictsOf(sent(1), answer(payload.of(1).subarray(0, 4)))).toEqual(['1 truncated 4']);
    expect(verdictsOf(sent(0), sent(1), answer(payload.of(1).subarray(0, 4)))).toEqual(['0 corrupt', '1 lost']);
  });

  it('is merged if several come back in one datagram', () => {
    const both = Buffer.concat([payload.of(0), payload.of(1)]);
    expect(verdictsOf(sent(0), sent(1), answer(both))).toEqual(['0 merged 2', '1 merged 2']);
  });

  it('names the address of an answer from elsewhere', () => {
    expect(verdictsOf(sent(0), answer(payload.of(0), 100, '192.0.2.1:7'))).toEqual(['0 wrong-source 192.0.2.1:7']);
  });

  it('identifies probes without a header by their order', () => {
    const short = new Payload(3, 1);
    expect(textOf(eventsOf([sent(0), answer(short.of(0)), sent(1), answer(Buffer.from('abc'))], short))).toEqual([
      '0 ok',
      '1 corrupt',
    ]);
  });

  it('is a send error if the system does not send it', () => {
    const failed: ProbeSignal = { kind: 'failed', seq: 0, flow: 0, atMs: 1, code: 'EPERM' };
    expect(textOf(eventsOf([sent(0), failed]))).toEqual(['0 send-error']);
  });

  it('cuts a stream into answers, however it comes, and loses what a connection has not returned', () => {
    const stream = Buffer.concat([payload.of(0), payload.of(1), payload.of(2)]);
    const pieces = [stream.subarray(0, 10), stream.subarray(10, 70), stream.subarray(70, 140)];
    const gone: ProbeSignal = { kind: 'disconnected', flow: 0, reason: 'reset' };
    const signals = [sent(0), sent(1), sent(2), ...pieces.map((piece) => answer(piece)), gone];
    expect(textOf(eventsOf(signals, payload, true))).toEqual(['0 ok', '1 ok', '2 lost', 'disconnected']);
  });
});
