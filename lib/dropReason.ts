/**
 * Why a datagram was not answered.
 *
 * - `port 0` its source port is 0, to which nothing can be sent
 * - `overlimit` as much was held as may be
 * - `flow ended` a stage had ended this peer's flow
 * - `unsendable` the system refused the answer
 * - `cut` the deadline of a stop came before the kernel had taken the answer
 */
export type DropReason = 'port 0' | 'overlimit' | 'flow ended' | 'unsendable' | 'cut';
