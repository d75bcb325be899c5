import * as rx from 'rxjs';
import { NEVER } from 'rxjs';
import { monotonicScheduler } from '../../lib/clock';
import { byteBudget, type ByteBudget } from '../../lib/flow/byteBudget';
import type { StageContext } from '../../lib/stage';

export interface TestContext extends StageContext {
  readonly budget: ByteBudget;
  readonly said: string[];
}

/** A context whose budget and words can be read. */
export const testContext = (partial: Partial<StageContext> = {}): TestContext => {
  const said: string[] = [];
  return {
    transport: 'tcp',
    id: 1,
    remote: { host: '127.0.0.1', port: 50_000 },
    scheduler: monotonicScheduler,
    flush$: NEVER,
    random: () => () => 0.5,
    log: (message) => void said.push(message),
    print: (lines) => void said.push(lines),
    keep: (_name, make) => make(),
    count: () => undefined,
    most: () => undefined,
    rx,
    ...partial,
    budget: byteBudget(),
    said,
  };
};

/** One-letter chunks, as marbles name them. */
export const chunks = (letters = 'abcdef'): Record<string, Buffer> =>
  Object.fromEntries([...letters].map((letter) => [letter, Buffer.from(letter)]));
