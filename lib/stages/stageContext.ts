import * as rx from 'rxjs';
import { monotonicScheduler } from '../monotonicScheduler';
import type { StageContext } from '../stage';
import type { ByteBudget } from '../budget';
import { byteBudget } from '../backpressure/byteBudget';
import { seededRandom } from './seededRandom';

export interface StageContextOptions extends Partial<Omit<StageContext, 'budget'>> {
  /** Sets the budget of the stage. Default: a new one. */
  readonly budget?: ByteBudget;
  /** Seeds `random`. Default: `1`. */
  readonly seed?: number;
}

/** A stage context whose counters and log a test can read. */
export interface TestStageContext extends StageContext {
  readonly budget: ByteBudget;
  /** What the stage counted. */
  readonly counts: ReadonlyMap<string, number>;
  /** What the stage logged or printed. */
  readonly logged: readonly string[];
}

/**
 * Returns a context for a stage that runs by itself, in a test or in another pipeline.
 *
 * @param partial Overrides the defaults: TCP, peer 1 at 127.0.0.1:50000, real time, no flush, seed 1.
 * @example
 * import { TestScheduler } from 'rxjs/testing';
 * const dropSecond: Stage = ({ count }) => filter((_, index) => index !== 1 || (count('dropped'), false));
 * const scheduler = new TestScheduler((actual, expected) => assert.deepEqual(actual, expected));
 * const context = stageContext({ scheduler, seed: 42 });
 * scheduler.run(({ hot, expectObservable }) => {
 *   const bytes = { a: Buffer.from('a'), b: Buffer.from('b'), c: Buffer.from('c') };
 *   expectObservable(hot('a-b-c|', bytes).pipe(dropSecond(context))).toBe('a---c|', bytes);
 * });
 * assert.equal(context.counts.get('dropped'), 1);
 *
 */
export const stageContext = ({ seed = 1, ...partial }: StageContextOptions = {}): TestStageContext => {
  const counts = new Map<string, number>();
  const kept = new Map<string, unknown>();
  const logged: string[] = [];
  const { transport = 'tcp', id = 1 } = partial;
  const state = <T>(name: string, make: () => T): T => {
    if (!kept.has(name)) kept.set(name, make());
    return kept.get(name) as T;
  };
  return {
    transport,
    id,
    remote: { host: '127.0.0.1', port: 50_000 },
    direction: 'downstream',
    scheduler: monotonicScheduler,
    flush$: rx.NEVER,
    random: (label) => state(`random/${label}`, () => seededRandom(seed, transport, id, label)),
    state,
    log: (message) => void logged.push(message),
    print: (lines) => void logged.push(lines),
    count: (name, n = 1) => void counts.set(name, (counts.get(name) ?? 0) + n),
    recordMax: (name, value) => void counts.set(name, Math.max(value, counts.get(name) ?? 0)),
    rx,
    budget: byteBudget(),
    ...partial,
    counts,
    logged,
  };
};
