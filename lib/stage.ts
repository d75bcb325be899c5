import type * as rx from 'rxjs';
import type { MonoTypeOperatorFunction, Observable, SchedulerLike } from 'rxjs';
import type { Endpoint, Transport } from './endpoint';
import type { ByteBudget } from './budget';

/** Which way bytes go: to the client, or, in a relay, to the server. */
export type Direction = 'downstream' | 'upstream';

/** What a stage may know and use; everything else it brings itself. */
export interface StageContext {
  /** On `tcp` a value is a piece of the stream, its boundaries mean nothing; on `udp` it is one whole datagram. */
  readonly transport: Transport;
  /** The ordinal of the connection or flow, from 1. */
  readonly id: number;
  readonly remote: Endpoint;
  /** Which way the bytes go that the stage is given. Those of an echo go `downstream`. */
  readonly direction: Direction;
  /** The only clock and timer of a stage, in milliseconds. */
  readonly scheduler: SchedulerLike;
  /** Emits when a stop wants everything that is held delivered now, at once and in order. */
  readonly flush$: Observable<unknown>;
  /** A generator of uniform numbers in [0, 1), the same for the same seed, connection, stage and label. */
  readonly random: (label: string) => RandomNumbers;
  /** What a stage remembers for a connection, also when it is taken out and put in again: made at the first call. */
  readonly state: <T>(name: string, make: () => T) => T;
  /** Whoever holds frames takes a holder here, at subscription. */
  readonly budget: Pick<ByteBudget, 'openAccount' | 'drain$'>;
  /** Says something to the operator of the server. */
  readonly log: (message: string, level?: 'warn' | 'info' | 'debug') => void;
  /** Writes lines as they are, for what the user asked to see. */
  readonly print: (lines: string) => void;
  /** Adds `n` to the counter `name` of this stage. Default: `1`. */
  readonly count: (name: string, n?: number) => void;
  /** Raises the counter `name` of this stage to `value`, if it is lower. */
  readonly recordMax: (name: string, value: number) => void;
  /** Notes one decision of a fault; only there when somebody reads them. */
  readonly recordDecision?: (decision: FaultDecision) => void;
  /** The server's own rxjs: an operator in a file needs nothing installed beside it. */
  readonly rx: typeof rx;
}

/** Draws uniform numbers in [0, 1). */
export interface RandomNumbers {
  (): number;
  /** Goes on as if so many had been drawn. */
  readonly skip?: (count: number) => void;
}

/** What a fault did to one frame: at which place of the stream, so that two runs can be compared. */
export interface FaultDecision {
  readonly action: string;
  /** Of the datagram, from 0. */
  readonly index?: number;
  /** Of the first byte, from 0. */
  readonly offset?: number;
  readonly delayMs?: number;
}

/**
 * What a user plugs in between the source and the sink: called once for each connection or UDP flow, it returns the
 * operator that the bytes pass. One type for both transports.
 *
 * @example const shout: Stage = () => map((bytes) => Buffer.from(bytes.toString().toUpperCase()));
 */
export interface Stage {
  (context: StageContext): MonoTypeOperatorFunction<Buffer>;
  /**
   * Promises that the stage calls `retain` on each chunk that it keeps beyond `next`, so that it can be given chunks that
   * are only lent: those that it passes are not copied. A stage that breaks the promise sends the bytes of other
   * connections. Default: `false`.
   */
  readonly retains?: boolean;
}
