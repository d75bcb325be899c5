import type * as rx from 'rxjs';
import type { MonoTypeOperatorFunction, Observable, SchedulerLike } from 'rxjs';
import type { Endpoint, Transport } from './endpoint';
import type { ByteBudget } from './budget';

/** The direction of bytes: `downstream` to the client or, in a relay, `upstream` to the server. */
export type Direction = 'downstream' | 'upstream';

/** What the server offers to a stage. */
export interface StageContext {
  /** On `tcp` a value is a chunk of the stream, whose boundaries mean nothing; on `udp` it is one datagram. */
  readonly transport: Transport;
  /** Counts connections or flows from 1. */
  readonly id: number;
  readonly remote: Endpoint;
  /** The direction in which the bytes of this stage go. Those of an echo go `downstream`. */
  readonly direction: Direction;
  /** The clock and the timers of the stage, in milliseconds. */
  readonly scheduler: SchedulerLike;
  /** Emits when a stop asks for everything that is buffered, at once and in order. */
  readonly flush$: Observable<unknown>;
  /** Returns a generator of uniform numbers in [0, 1), which depends on the seed, connection, stage and label. */
  readonly random: (label: string) => RandomNumbers;
  /**
   * Returns what the stage keeps for a connection, made at the first call. It survives taking the stage out and putting
   * it back.
   */
  readonly state: <T>(name: string, make: () => T) => T;
  /** Opens an account for what the stage buffers, at subscription. */
  readonly budget: Pick<ByteBudget, 'openAccount' | 'drain$'>;
  /** Logs a message. */
  readonly log: (message: string, level?: 'warn' | 'info' | 'debug') => void;
  /** Prints lines as they are. */
  readonly print: (lines: string) => void;
  /** Adds `n` to the counter `name` of this stage. Default: `1`. */
  readonly count: (name: string, n?: number) => void;
  /** Raises the counter `name` of this stage to `value`, if it is lower. */
  readonly recordMax: (name: string, value: number) => void;
  /** Records a decision of a fault. Absent if nothing reads them. */
  readonly recordDecision?: (decision: FaultDecision) => void;
  /** RxJS, so that an operator in a file needs nothing installed beside it. */
  readonly rx: typeof rx;
}

/** Draws uniform numbers in [0, 1). */
export interface RandomNumbers {
  (): number;
  /** Continues as if `count` numbers had been drawn. */
  readonly skip?: (count: number) => void;
}

/** What a fault did to one frame, and at which place of the stream, so that two runs can be compared. */
export interface FaultDecision {
  readonly action: string;
  /** The index of the datagram, from 0. */
  readonly index?: number;
  /** The offset of the first byte, from 0. */
  readonly offset?: number;
  readonly delayMs?: number;
}

/**
 * Returns the operator between source and sink. Called once for each connection or UDP flow, on both transports.
 *
 * @example const shout: Stage = () => map((bytes) => Buffer.from(bytes.toString().toUpperCase()));
 *
 */
export interface Stage {
  (context: StageContext): MonoTypeOperatorFunction<Buffer>;
  /**
   * Promises that the stage calls `retain` for each chunk that it keeps beyond `next`. The stage then receives views of
   * the read buffer instead of copies. A stage that breaks the promise sends the bytes of other connections. Default:
   * `false`.
   */
  readonly retains?: boolean;
}
