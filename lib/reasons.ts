/**
 * The reason for which a datagram is dropped.
 *
 * - `port 0` its source port is 0, to which nothing can be sent
 * - `own port` its source port is the port that is served, as of another echo server
 * - `reserved port` its source port belongs to a service (`ignoreSourcePorts`)
 * - `source address` its source is multicast, broadcast, of 0.0.0.0/8, or a loopback address that cannot have reached
 *   this socket
 * - `denied` its source is denied (`AccessList`)
 * - `rate` its source exceeds `maxDatagramsPerSecond`
 * - `loop-check` its source returns exactly what it was sent, as in a loop of two echo servers
 * - `overlimit` a limit of buffered bytes is reached
 * - `flow ended` a stage has ended the flow of this peer
 * - `unsendable` the system rejected the reply
 * - `aborted` the deadline of a stop came before the kernel took the reply
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

/** Reasons that do not count as a loss: the datagram is ignored on purpose. */
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

/** Returns whether a datagram dropped for this reason should have been answered. */
export const countsAsLost = (reason: DropReason): boolean => !notLosses.includes(reason);

/**
 * The reason for which a connection is refused.
 *
 * - `denied` its source is denied (`AccessList`)
 * - `max-connections` the limit of open connections is reached
 * - `max-connections-per-source` the limit for its source is reached
 */
export type RefusalReason = 'denied' | 'max-connections' | 'max-connections-per-source';

/**
 * The reason for which a connection or flow ended.
 *
 * - `ended` the peer ended its side, and has received everything
 * - `completed` this side ended first (a stage, a stop), with nothing pending
 * - `reset by fault` a stage asked for a reset
 * - `reset by peer` the peer reset the connection, or a write failed
 * - `idle` no byte moved for the idle timeout, and nothing was pending
 * - `not taken` the peer did not read its pending bytes for two idle timeouts, and was reset
 * - `failed` a stage threw
 * - `aborted` the deadline of a stop came first, with bytes pending
 */
export type EndReason =
  'ended' | 'completed' | 'reset by fault' | 'reset by peer' | 'idle' | 'not taken' | 'failed' | 'aborted';
