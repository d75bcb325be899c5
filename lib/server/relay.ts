import { defer, merge, type Observable, type MonoTypeOperatorFunction } from 'rxjs';
import { composeStages, type StageOperators } from '../stages/composeStages';
import type { Connection, Flow, Peer, ServedPeer } from '../peer';
import type { Direction, Stage } from '../stage';

/** Stages, or what `composeStages` composed of them: once for all peers. */
export type RelayStages = readonly Stage[] | StageOperators;

export interface RelayOptions {
  /** What passes from the client to the server. Default: nothing stands in between. */
  readonly upstream?: RelayStages;
  /** What passes from the server to the client. Default: nothing stands in between. */
  readonly downstream?: RelayStages;
}

/**
 * Passes what a client sends to a server, and what the server sends to the client; for a handler of `serve`.
 *
 * ```text
 * client.bytes$    -a---b|               the client half-closes
 * server.bytes$    ---A------B|
 * to server        -a---bF               F: FIN
 * to client        ---A------BF
 * relay            ------------|         completes when both are closed
 * ```
 *
 * Each direction has a budget of its own, that of its source, so that one which waits never stops the other. What breaks
 * one side resets the other. At a stop the client is read until drained, and the server until it has ended its side, for
 * `lingerMs` behind our FIN: the answer to the last question is not lost. `bytesPending` of the client are those of both.
 *
 * UDP has no end: when the client's flow ends, the server's does after `lingerMs`. What the kernel does not take is dropped.
 *
 * Errors with what broke either side.
 *
 * @param client The side that the server accepted.
 * @param server The side that was connected for it: of `tcpClient` or `udpClient`.
 * @example
 * const toServer: Handler = (client) =>
 *   tcpClient({ host: '127.0.0.1', port: 7008 }).pipe(
 *     mergeMap((server) => relay(client, server, { downstream: [latency({ delayMs: 50 })] })),
 *   );
 * serve(toServer, { port: 7007 }).subscribe();
 */
export const relay = (
  client: Connection | Flow,
  server: Connection | Flow,
  { upstream = [], downstream = [] }: RelayOptions = {},
): Observable<never> =>
  defer(() => {
    const { transport, id, remote } = client;
    const served = client as unknown as ServedPeer;
    const staged = (direction: Direction, source: Peer, stages: RelayStages): MonoTypeOperatorFunction<Buffer> => {
      const { budget } = source;
      const operators = typeof stages === 'function' ? stages : composeStages(stages);
      if (operators.retains) (source as unknown as ServedPeer).reuseReadBuffer();
      return operators({ transport, id, remote, budget, direction, environment: served.environment });
    };
    served.pairWith(server as unknown as ServedPeer);
    return merge(
      oneWay(client, server, staged('upstream', client, upstream)),
      oneWay(server, client, staged('downstream', server, downstream)),
    );
  });

/** What one side sends, to the other; charged to the budget that it is read under. */
const oneWay = (
  from: Connection | Flow,
  to: Connection | Flow,
  stages: MonoTypeOperatorFunction<Buffer>,
): Observable<never> => {
  const { budget } = from;
  const writes = to.transport === 'udp' ? to.writes({ budget, whenFull: 'drop' }) : to.writes({ budget });
  return from.bytes$.pipe(stages, writes);
};
