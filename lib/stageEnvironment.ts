import type { Observable, SchedulerLike } from 'rxjs';
import type { Transport } from './endpoint';
import type { Direction, FaultDecision, StageContext } from './stage';
import type { ByteBudget } from './budget';

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
  readonly onFaultDecision?: ((record: DecisionRecord) => void) | undefined;
}

/** Whose bytes pass the stages: a peer's, or in a relay those of one direction. */
export interface StagedPeer extends Pick<StageContext, 'transport' | 'id' | 'remote'> {
  /** Where the stages charge what they hold, and what stands downstream of them. */
  readonly budget: ByteBudget;
  /** Default: `downstream`. */
  readonly direction?: Direction;
  /** What the stages of its server share. */
  readonly environment?: Partial<StageEnvironment> | undefined;
}
