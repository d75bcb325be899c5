/**
 * Why a datagram was not answered.
 *
 * - `port 0` its source port is 0, to which nothing can be sent
 * - `own port` its source port is the one that we are bound to: another echo server's, most likely
 * - `reserved port` its source port is one from which no client asks (`ignoreSourcePorts`)
 * - `source address` it says that it comes from many (multicast, broadcast), from nobody (0.0.0.0/8), or from this very
 *   machine where it cannot have come from
 * - `denied` its source is not to be served (`AccessList`)
 * - `rate` its source sent more than it may (`maxDatagramsPerSecond`)
 * - `loop-check` what it sent is what we had sent it, again and again: so a loop of two echo servers ends
 * - `overlimit` as much was held as may be
 * - `flow ended` a stage had ended this peer's flow
 * - `unsendable` the system refused the answer
 * - `aborted` the deadline of a stop came before the kernel had taken the answer
 */
export type DropReason =
  | 'port 0'
  | 'own port'
  | 'reserved port'
  | 'source address'
  | 'denied'
  | 'rate'
  | 'loop-check'
  | 'overlimit'
  | 'flow ended'
  | 'unsendable'
  | 'aborted';

/** Reasons that are nobody's loss: who is refused is told nothing on purpose, and a stage that ended a flow meant it. */
const notLosses: readonly DropReason[] = [
  'port 0',
  'own port',
  'reserved port',
  'source address',
  'denied',
  'rate',
  'loop-check',
  'flow ended',
];

/** Whether a datagram that was not answered for this reason is one that ought to have been. */
export const countsAsLost = (reason: DropReason): boolean => !notLosses.includes(reason);

/**
 * Why a connection was not served.
 *
 * - `denied` its source is not to be served (`AccessList`)
 * - `max-connections` as many were open as may be
 * - `max-connections-per-source` as many of its source were
 */
export type RefusalReason = 'denied' | 'max-connections' | 'max-connections-per-source';

/**
 * Why a peer's stream ended.
 *
 * - `ended` the peer ended its side and has everything back
 * - `completed` this side ended first (a stage, a stop) and owes nothing
 * - `reset by fault` a stage asked for a reset
 * - `reset by peer` the peer reset the connection, or a write failed
 * - `idle` neither side had moved a byte for as long as a connection may be idle, and nothing was owed
 * - `not taken` the peer took nothing of what it was owed for as long as a connection may be idle, twice: a reset
 * - `failed` a stage threw
 * - `aborted` the deadline of a stop came first: a loss
 */
export type EndReason =
  'ended' | 'completed' | 'reset by fault' | 'reset by peer' | 'idle' | 'not taken' | 'failed' | 'aborted';
