import { array, assert, boolean, constantFrom, integer, property, record, uint8Array } from 'fast-check';
import { VirtualTimeScheduler, type MonoTypeOperatorFunction } from 'rxjs';
import { byteBudget } from '../../lib/backpressure/byteBudget';
import { stageContext } from '../../lib/stages/stageContext';
import { composeStages } from '../../lib/stages/composeStages';
import { blackhole } from '../../lib/faults/blackhole';
import { corrupt } from '../../lib/faults/corrupt';
import { duplicate } from '../../lib/faults/duplicate';
import { faultStage } from '../../lib/faults/kit/faultStage';
import { LiveFault } from '../../lib/faults/kit/liveFault';
import { latency } from '../../lib/faults/latency';
import { limit } from '../../lib/faults/limit';
import { loss } from '../../lib/faults/loss';
import { rate } from '../../lib/faults/rate';
import { parseFault } from '../../lib/faults/parse/parseFault';
import { reorder } from '../../lib/faults/reorder';
import { reset } from '../../lib/faults/reset';
import { slice } from '../../lib/faults/slice';
import { stall } from '../../lib/faults/stall';
import type { Peer } from '../../lib/peer';
import { stageContexts } from '../../lib/stages/stageContexts';
import type { DecisionRecord } from '../../lib/stageEnvironment';
import type { Stage, StageContext } from '../../lib/stage';
import { numbered, outputOf } from '../support/virtual';

const runs = { seed: 862, numRuns: 60 };

/** Splits the bytes into chunks, repeating these lengths. */
const chunked = (bytes: Buffer, lengths: readonly number[]): Buffer[] => {
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.byteLength; start += chunks.at(-1)!.byteLength) {
    chunks.push(bytes.subarray(start, start + lengths[chunks.length % lengths.length]!));
  }
  return chunks;
};

const lengths = array(integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 5 });
/** A stream, with two lists of chunk lengths. */
const streams = record({
  bytes: integer({ min: 0, max: 20_000 }).map((length) =>
    Buffer.from(Array.from({ length }, (_, i) => (i * 31) % 251)),
  ),
  first: lengths,
  second: lengths,
  seed: integer(),
});

type Operator = (context: StageContext) => MonoTypeOperatorFunction<Buffer>;

describe('the same seed and the same bytes', () => {
  const outputs = (operator: Operator, seed: number, chunks: readonly Buffer[]): Buffer[] =>
    outputOf((scheduler) => operator(stageContext({ scheduler, seed })), chunks);

  const operators: readonly (readonly [string, Operator])[] = [
    ['latency with jitter', (context) => latency({ delayMs: 20, jitterMs: 15 })(context)],
    ['rate', (context) => rate({ bytesPerSecond: 100_000 })(context)],
    ['loss', (context) => loss({ ratio: 0.2 })(context)],
    ['loss that drops', (context) => loss({ ratio: 0.3, tcp: 'drop' })(context)],
    ['loss in bursts that drops', (context) => loss({ ratio: 0.3, burstFrames: 3, tcp: 'drop' })(context)],
    ['corrupt', (context) => corrupt({ p: 0.5, bits: 3 })(context)],
    ['corrupt by bits', (context) => corrupt({ ber: 0.001 })(context)],
    ['slice', (context) => slice({ bytes: 700, variationBytes: 600, delayMs: 0.1 })(context)],
    ['limit', (context) => limit({ bytes: 5000 })(context)],
    ['reset after bytes', (context) => reset({ afterBytes: 5000 })(context)],
    ['reset by chance', (context) => reset({ p: 0.2 })(context)],
  ];

  it.each(operators)('give the same output bytes for any chunking: %s', (_name, operator) => {
    assert(
      property(streams, ({ bytes, first, second, seed }) => {
        const [one, other] = [first, second].map((cut) => Buffer.concat(outputs(operator, seed, chunked(bytes, cut))));
        expect(one!.equals(other!)).toBe(true);
      }),
      runs,
    );
  });

  it('give the same piece boundaries of slice, besides those of the chunks', () => {
    const operator: Operator = (context) => slice({ bytes: 700, variationBytes: 600 })(context);
    const cuts = (chunks: readonly Buffer[]): number[] => {
      let at = 0;
      return chunks.map(({ byteLength }) => (at += byteLength));
    };
    assert(
      property(streams, ({ bytes, first, seed }) => {
        const wanted = cuts(outputs(operator, seed, [bytes]));
        const chunks = chunked(bytes, first);
        expect(new Set(cuts(outputs(operator, seed, chunks)))).toEqual(new Set([...wanted, ...cuts(chunks)]));
      }),
      runs,
    );
  });
});

describe('limit', () => {
  it('passes exactly the first bytes up to the limit, for any chunking', () => {
    const cases = record({ stream: streams, bytes: integer({ min: 0, max: 25_000 }), resets: boolean() });
    assert(
      property(cases, ({ stream, bytes, resets }) => {
        const operator = limit({ bytes, then: resets ? 'reset' : 'close' })(stageContext());
        const passed = Buffer.concat(outputOf(() => operator, chunked(stream.bytes, stream.first)));
        expect(passed.equals(stream.bytes.subarray(0, bytes))).toBe(true);
      }),
      runs,
    );
  });
});

describe('empty datagrams', () => {
  const udp: Readonly<Record<string, Operator>> = {
    latency: (context) => latency({ delayMs: 5, jitterMs: 5 })(context),
    rate: (context) => rate({ bytesPerSecond: 1000 })(context),
    loss: (context) => loss({ ratio: 0 })(context),
    duplicate: (context) => duplicate({ p: 0 })(context),
    corrupt: (context) => corrupt({ p: 1 })(context),
    corruptBits: (context) => corrupt({ ber: 0.5 })(context),
    reorder: (context) => reorder({ p: 0.5, depth: 2 })(context),
    limit: (context) => limit({ bytes: 1_000_000 })(context),
    blackhole: (context) => blackhole({ afterMs: 1000 })(context),
    stall: (context) => stall({ forMs: 5 })(context),
  };

  it('pass every fault like others, without loss or duplicates', () => {
    const cases = record({
      names: array(constantFrom(...Object.keys(udp)), { maxLength: 3 }),
      datagrams: array(uint8Array({ maxLength: 2 }), { maxLength: 20 }),
      seed: integer(),
    });
    assert(
      property(cases, ({ names, datagrams, seed }) => {
        const frames = datagrams.map((datagram) => Buffer.from(datagram));
        const left = names.reduce<readonly Buffer[]>(
          (passed, name) =>
            outputOf((scheduler) => udp[name]!(stageContext({ scheduler, seed, transport: 'udp' })), passed),
          frames,
        );
        const sizes = (all: readonly Buffer[]): number[] => all.map(({ byteLength }) => byteLength).sort();
        expect(sizes(left)).toEqual(sizes(frames));
      }),
      runs,
    );
  });
});

describe('fault decisions', () => {
  const datagrams = numbered(20_000);

  /** Returns the decisions of all faults for one flow, by fault. */
  const decisions = (faults: readonly string[], seed = 42, id = 1): Record<string, DecisionRecord[]> => {
    const log: Record<string, DecisionRecord[]> = {};
    const remote = { host: '127.0.0.1', port: 50_000 };
    const peer = { transport: 'udp', id, remote, budget: byteBudget() } as unknown as Peer;
    const stages: Stage[] = faults.flatMap((fault) => parseFault(fault)).map((spec) => faultStage(new LiveFault(spec)));
    const contexts = stageContexts({
      scheduler: new VirtualTimeScheduler(),
      seed,
      onFaultDecision: (record) => void (log[record.fault] ??= []).push(record),
    });
    outputOf(() => composeStages(stages, contexts)(peer), datagrams);
    return log;
  };
  const lostIndexes = (fault: string): (number | undefined)[] => decisions([fault])['loss']!.map(({ index }) => index);

  it('are the same with the same seed and differ with another seed or flow', () => {
    const faults = ['loss=2%,burst=3', 'duplicate=1%', 'corrupt=1%', 'reorder=1%'];
    const first = decisions(faults);
    expect(Object.keys(first).sort()).toEqual(['corrupt', 'duplicate', 'loss', 'reorder']);
    expect(decisions(faults)).toEqual(first);
    expect(decisions(faults, 43)['loss']).not.toEqual(first['loss']);
    expect(decisions(faults, 42, 2)['loss']).not.toEqual(first['loss']);
  });

  it('of a fault stay the same when an unrelated fault is added', () => {
    const alone = decisions(['loss=1%', 'reorder=1%']);
    const among = decisions(['latency=0ms,jitter=0ms', 'loss=1%', 'corrupt=5%', 'reorder=1%']);
    expect([among['loss'], among['reorder']]).toEqual([alone['loss'], alone['reorder']]);
  });

  it('of loss at 1 % are a subset of those at 2 %', () => {
    const [few, more] = [new Set(lostIndexes('loss=1%')), new Set(lostIndexes('loss=2%'))];
    expect([...few].filter((index) => !more.has(index))).toEqual([]);
    expect(more.size).toBeGreaterThan(1.5 * few.size);
  });
});
