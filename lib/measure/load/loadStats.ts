import { Percentiles } from '../statistics/percentiles';

/** Why a message was not echoed. */
export type LoadError = 'connect' | 'reset' | 'corrupt' | 'timeout' | 'send';

/** What a load has done. Times are in milliseconds. */
export class LoadStats {
  /** Messages that came back whole. */
  messages = 0;
  /** Payload bytes that came back whole. */
  bytes = 0;
  connections = 0;
  readonly errors = new Map<LoadError, number>();
  /** From the send of a message to its last byte. */
  readonly rtt = new Percentiles();
  /** From the moment at which a message was due, with a rate. */
  readonly fromDue = new Percentiles();
  /** How long after the due time messages were sent: what the generator adds to `fromDue`. */
  readonly lateness = new Percentiles();
  elapsedMs = 0;
  /** The CPU time of this process, in cores. */
  cpuCores = 0;

  get errorCount(): number {
    return [...this.errors.values()].reduce((sum, count) => sum + count, 0);
  }

  fail(kind: LoadError, count = 1): void {
    this.errors.set(kind, (this.errors.get(kind) ?? 0) + count);
  }

  succeed(bytes: number, rttMs: number, fromDueMs?: number): void {
    this.messages += 1;
    this.bytes += bytes;
    this.rtt.add(rttMs);
    if (fromDueMs !== undefined) this.fromDue.add(fromDueMs);
  }
}
