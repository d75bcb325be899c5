import type { Observable, SchedulerLike } from 'rxjs';
import type { Transport } from '../endpoint';
import type { FaultDecision, StageContext } from '../stage';

/** A decision of a fault, with whom it befell. */
export interface DecisionRecord extends FaultDecision {
  readonly transport: Transport;
  readonly conn: number;
  readonly fault: string;
}

/** What all stages of a server share. */
export interface StageEnvironment extends Pick<StageContext, 'log' | 'print'> {
  /** The clock and the timers. */
  readonly scheduler: SchedulerLike;
  /** Emits when a stop wants everything that is held delivered now. */
  readonly flush$: Observable<unknown>;
  /** Repeats the random numbers of an earlier run. */
  readonly seed: number;
  /** Told of each decision of a fault. Default: nobody is. */
  readonly decided?: ((record: DecisionRecord) => void) | undefined;
}
