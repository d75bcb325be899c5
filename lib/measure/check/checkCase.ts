import type { SchedulerLike } from 'rxjs';
import type { Endpoint, Transport } from '../../endpoint';

/** What a case found. `sometimes` is a case of luck, which was run three times. */
export interface CheckResult {
  readonly transport: Transport;
  /** What was sent: `64 KiB, half-close`. */
  readonly name: string;
  readonly verdict: 'ok' | 'failed' | 'sometimes' | 'unknown';
  /** What came back instead. */
  readonly detail?: string;
  /** The servers that are known for it, or what else explains it. */
  readonly cause?: string;
}

/** What a case has to work with. */
export interface CheckContext {
  /** An address, not a name. */
  readonly target: Endpoint;
  /** Limits the time of a case, in milliseconds. */
  readonly limitMs: number;
  readonly scheduler: SchedulerLike;
  /** Whether a case before this one was answered well. */
  readonly hasSucceeded: () => boolean;
}

/** One question to a server, on a socket of its own. */
export interface CheckCase {
  readonly name: string;
  readonly run: (context: CheckContext) => Promise<Omit<CheckResult, 'transport' | 'name'>>;
}

export const OK = { verdict: 'ok' } as const;
