import type { Observable, SchedulerLike } from 'rxjs';
import type { Endpoint } from '../../endpoint';
import type { ProbeSignal } from './probeEvent';
import type { ProcessLoad } from './processLoad';

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
  /** Reads the load of this process, at each send and answer. */
  readonly load: () => ProcessLoad;
  /** Marks packets with a differentiated services code point, 0 to 63. */
  readonly dscp?: number | undefined;
}
