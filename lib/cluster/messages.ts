import type { EchoErrorCode } from '../errors';
import type { DecisionRecord } from '../stageEnvironment';
import type { StopRequest } from '../server/stop/shutdownSchedule';
import type { SerializedEvent } from './serializedEvent';
import type { Stats } from './sumStats';

/** A message from the primary to a worker. */
export type PrimaryMessage =
  | ServeOrder
  | ({ readonly kind: 'stop' } & StopRequest)
  | { readonly kind: 'sum' }
  /** Answers `drain`: every connection has been handed over, to this worker before this message. */
  | { readonly kind: 'no more'; readonly question: number };

/** Where and what to serve: the same addresses and port for all workers, UDP for one of them. */
export interface ServeOrder {
  readonly kind: 'serve';
  readonly hosts: readonly string[];
  readonly port: number;
  readonly udp: boolean;
  /** Seeds the faults of this worker, so that workers do not inject the same faults. */
  readonly seed: number;
}

/** A message from a worker to the primary. A TCP message causes none. */
export type WorkerMessage =
  /** The worker has loaded everything, and waits for what to serve. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'event'; readonly form: SerializedEvent }
  | { readonly kind: 'onFaultDecision'; readonly record: DecisionRecord }
  | { readonly kind: 'figures'; readonly figures: Stats }
  /** Asks whether the primary holds connections that it has not handed over. */
  | { readonly kind: 'more'; readonly question: number }
  /** The worker cannot serve. */
  | { readonly kind: 'refused'; readonly code: EchoErrorCode; readonly message: string; readonly systemCode?: string }
  /** An operator failed where nothing catches it: the worker drains, and is to be replaced. */
  | { readonly kind: 'crashed'; readonly reason: string }
  /** The worker has stopped; this is its last message. */
  | { readonly kind: 'done' };
