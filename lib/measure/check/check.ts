import type { from as fromIterable } from 'ix/asynciterable';
import type { map as mapPulled } from 'ix/asynciterable/operators';
import { monotonicScheduler } from '../../monotonicScheduler';
import type { SchedulerLike } from 'rxjs';
import type { Endpoint, Transport } from '../../endpoint';
import type { CheckCase, CheckContext, CheckResult } from './checkCase';
import { tcpCases } from './tcpCases';
import { udpCases } from './udpCases';

export interface CheckOptions {
  /** The target: an address, not a name. */
  readonly target: Endpoint;
  readonly transport: Transport;
  /** Limits the time of each case, in milliseconds. Minimum: `1`. Default: `3000`. */
  readonly limitMs?: number;
  /** Sets the clock and the timers. Default: real time. */
  readonly scheduler?: SchedulerLike;
}

/**
 * Checks whether a server keeps RFC 862, case by case, each on a socket of its own and one after another: the next case
 * runs when its result is pulled. At most 50 datagrams are sent in a second, since some servers turn themselves off then.
 */
export const check = ({
  target,
  transport,
  limitMs = 3000,
  scheduler = monotonicScheduler,
}: CheckOptions): AsyncIterable<CheckResult> => {
  // Loaded when a check runs (010).
  const { from } = require('ix/asynciterable') as { from: typeof fromIterable };
  const { map } = require('ix/asynciterable/operators') as { map: typeof mapPulled };
  let hasSucceeded = false;
  const context: CheckContext = { target, limitMs, scheduler, hasSucceeded: () => hasSucceeded };
  const cases = transport === 'tcp' ? tcpCases : udpCases(target.host.includes(':'));
  return from(cases).pipe(
    map(async ({ name, run }: CheckCase): Promise<CheckResult> => {
      const outcome = await run(context);
      hasSucceeded ||= outcome.verdict === 'ok';
      return { transport, name, ...outcome };
    }),
  );
};
