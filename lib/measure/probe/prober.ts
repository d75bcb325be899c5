import type { Observable, SchedulerLike } from 'rxjs';
import type { Endpoint } from '../../endpoint';
import type { ProbeSignal } from './probeEvent';

/** Sends probes, and emits what happens to them: the leaf, and the only place that stamps. */
export interface Prober {
  readonly signals$: Observable<ProbeSignal>;
  /** The local end of each flow. */
  readonly locals: readonly Endpoint[];
  send(seq: number, dueMs: number): void;
}

export interface ProberOptions {
  /** An address, not a name. */
  readonly target: Endpoint;
  /** How many source ports or connections. */
  readonly flows: number;
  readonly source?: string | undefined;
  readonly sourcePort?: number | undefined;
  readonly scheduler: SchedulerLike;
  /** TCP: a new connection for each probe. */
  readonly reconnect?: boolean;
}
