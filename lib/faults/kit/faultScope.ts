import type { Transport } from '../../endpoint';
import type { Fault } from './defineFault';

/** Which connections a fault befalls, and when. */
export interface FaultScope {
  /** For control, for the seed and in reports. Default: the fault's name, `#2` behind a second one. */
  readonly name: string;
  /** The transports on which it acts. Default: those that it has a meaning on. */
  readonly on: readonly Transport[];
  /** The share of connections that it befalls, drawn once for each, 0..1. Default: `1`. */
  readonly toxicity: number;
  /** The ordinals of the connections that it befalls, from 1. Default: all. */
  readonly conn: readonly [first: number, last: number];
  /** When it begins, after the connection did, in milliseconds; of faults without an `after` of their own. Default: `0`. */
  readonly afterMs: number;
  /** How long it lasts, in milliseconds. Default: `Infinity`. */
  readonly forMs: number;
  /** Defined, and not switched on. Default: `false`. */
  readonly off: boolean;
}

/** One fault of a server: which, how, and for whom. */
export interface FaultSpec {
  readonly fault: Fault<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly scope: FaultScope;
  /** As it was written. */
  readonly text: string;
}
