import type { Transport } from '../../endpoint';
import type { Fault } from './defineFault';

/** Selects the connections that a fault affects, and when. */
export interface FaultScope {
  /** The name for live control, for the seed and in reports. Default: the fault's name; the second one gets `#2`. */
  readonly name: string;
  /** The transports that it affects. Default: all that the fault supports. */
  readonly on: readonly Transport[];
  /** The share of connections that it affects, 0..1, drawn once for each connection. Default: `1`. */
  readonly toxicity: number;
  /** The range of connection ordinals that it affects, from 1. Default: all. */
  readonly conn: readonly [first: number, last: number];
  /** Start after the connection began, in milliseconds. Not for faults with an `after` of their own. Default: `0`. */
  readonly afterMs: number;
  /** How long it lasts, in milliseconds. Default: `Infinity`. */
  readonly forMs: number;
  /** Whether the fault starts switched off. Default: `false`. */
  readonly off: boolean;
}

/** One parsed fault of a server, with its options and scope. */
export interface FaultSpec {
  readonly fault: Fault<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly scope: FaultScope;
  /** The text from which it was parsed. */
  readonly text: string;
}
