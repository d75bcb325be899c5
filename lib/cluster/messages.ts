import type { EchoErrorCode } from '../errors';
import type { DecisionRecord } from '../stageEnvironment';
import type { StopRequest } from '../server/stop/shutdownSchedule';
import type { SerializedEvent } from './serializedEvent';
import type { Stats } from './sumStats';

/** What the primary tells a worker. */
export type PrimaryMessage =
  | ServeOrder
  | ({ readonly kind: 'stop' } & StopRequest)
  | { readonly kind: 'sum' }
  /** The answer to `more`: every connection that there was has been handed over, to this worker before this word. */
  | { readonly kind: 'no more'; readonly question: number };

/** Where and what to serve: the same addresses and number for all workers, UDP for one of them. */
export interface ServeOrder {
  readonly kind: 'serve';
  readonly hosts: readonly string[];
  readonly port: number;
  readonly udp: boolean;
  /** Of its faults: each worker has its own, or they would all inject alike. */
  readonly seed: number;
}

/** What a worker tells the primary; nothing of a single TCP message, so that it costs none anything. */
export type WorkerMessage =
  /** It has loaded everything, and waits to be told what to serve. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'event'; readonly form: SerializedEvent }
  | { readonly kind: 'onFaultDecision'; readonly record: DecisionRecord }
  | { readonly kind: 'figures'; readonly figures: Stats }
  /** Is there any connection that was accepted, and not handed over? */
  | { readonly kind: 'more'; readonly question: number }
  /** It cannot serve. */
  | { readonly kind: 'refused'; readonly code: EchoErrorCode; readonly message: string; readonly systemCode?: string }
  /** An operator failed where nothing catches it: the worker drains, and another is to take its place. */
  | { readonly kind: 'crashed'; readonly reason: string }
  /** It was told to stop, and has; this is its last word. */
  | { readonly kind: 'done' };
