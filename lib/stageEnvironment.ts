import type { Observable, SchedulerLike } from 'rxjs';
import type { Transport } from './endpoint';
import type { Direction, FaultDecision, StageContext } from './stage';
import type { ByteBudget } from './budget';

/** A decision of a fault, with its connection. */
export interface DecisionRecord extends FaultDecision {
  readonly transport: Transport;
  readonly conn: number;
  readonly fault: string;
}

/** What the stages of a server share. */
export interface StageEnvironment extends Pick<StageContext, 'log' | 'print'> {
  /** The clock and the timers. */
  readonly scheduler: SchedulerLike;
  /** Emits when a stop asks for everything that is buffered. */
  readonly flush$: Observable<unknown>;
  /** Repeats the random numbers of an earlier run. */
  readonly seed: number;
  /** Called for each decision of a fault. Default: nothing is called. */
  readonly onFaultDecision?: ((record: DecisionRecord) => void) | undefined;
}

/** The peer whose bytes pass the stages; in a relay, those of one direction. */
export interface StagedPeer extends Pick<StageContext, 'transport' | 'id' | 'remote'> {
  /** The budget in which the stages open their accounts. */
  readonly budget: ByteBudget;
  /** Default: `downstream`. */
  readonly direction?: Direction;
  /** What the stages of the server share. */
  readonly environment?: Partial<StageEnvironment> | undefined;
}
