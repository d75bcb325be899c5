import { Observable, VirtualTimeScheduler } from 'rxjs';
import type { EchoError } from '../../lib/errors';
import { stageContext } from '../../lib/stages/stageContext';
import { readBuffer } from '../../lib/streams/retain';
import { catalogue } from '../../lib/faults/catalogue';
import { dump } from '../../lib/stages/dump';
import { stage } from '../../lib/faults/kit/faultStage';
import type { Stage } from '../../lib/stage';
import type { Transport } from '../../lib/endpoint';

const CHUNKS = 40;
const CHUNK_BYTES = 2000;

/** Faults with options that make each one buffer, copy or change frames. */
const faults: Record<string, string> = {
  blackhole: 'blackhole,after=5ms',
  close: 'close,after=10KB',
  corrupt: 'corrupt=0.1%',
  duplicate: 'duplicate=30%',
  latency: 'latency=7ms,jitter=3ms',
  limit: 'limit=30KB',
  loss: 'loss=10%',
  rate: 'rate=1MB/s',
  reorder: 'reorder=30%,depth=3',
  reset: 'reset,after=60KB',
  slice: 'slice=300B',
  'slow-close': 'slow-close=20ms',
  'slow-open': 'slow-open=15ms',
  stall: 'stall,after=5ms,for=10ms',
};

/**
 * Returns the output of a stage, each chunk copied at once.
 *
 * One chunk arrives each millisecond. A lent chunk lies in the read buffer, which is overwritten when `next` returns.
 */
const outputOf = (stageUnderTest: Stage, transport: Transport, isLent: boolean): string[] => {
  const scheduler = new VirtualTimeScheduler();
  const left: string[] = [];
  const source = new Observable<Buffer>((subscriber) => {
    const arrive = (index: number): void => {
      if (index === CHUNKS) return subscriber.complete();
      const chunk = isLent ? readBuffer.subarray(0, CHUNK_BYTES) : Buffer.alloc(CHUNK_BYTES);
      for (let at = 0; at < CHUNK_BYTES; at += 1) chunk[at] = (index * 7 + at * 13) % 251;
      subscriber.next(chunk);
      if (isLent) readBuffer.fill(255);
      subscriber.add(scheduler.schedule(() => arrive(index + 1), 1));
    };
    arrive(0);
  });
  const context = stageContext({ transport, scheduler, seed: 7 });
  source.pipe(stageUnderTest(context)).subscribe({
    next: (chunk) => left.push(`${scheduler.now()} ${chunk.toString('hex')}`),
    error: (error: unknown) => left.push(`${scheduler.now()} ${(error as EchoError).code}`),
    complete: () => left.push(`${scheduler.now()} end`),
  });
  scheduler.flush();
  return left;
};

describe.each(['tcp', 'udp'] as const)('a built-in stage over %s with lent chunks', (transport) => {
  const fitting = catalogue
    .filter(({ definition }) => definition.transports.includes(transport))
    .map(({ definition }) => definition.name);

  it.each(fitting)('emits the same as with owned chunks: %s', (name) => {
    const owned = outputOf(stage(faults[name] ?? name), transport, false);
    expect(owned.length).toBeGreaterThan(1);
    expect(stage(faults[name] ?? name).retains).toBe(true);
    expect(outputOf(stage(faults[name] ?? name), transport, true)).toEqual(owned);
  });

  it('emits the same as with owned chunks: dump', () => {
    const owned = outputOf(dump({ as: 'hex' }), transport, false);
    expect(outputOf(dump({ as: 'hex' }), transport, true)).toEqual(owned);
  });
});
