import { defer, merge, type Observable, type MonoTypeOperatorFunction } from 'rxjs';
import { composeStages, type StageOperators } from '../stages/composeStages';
import type { Connection, Flow, Peer, ServedPeer } from '../peer';
import type { Direction, Stage } from '../stage';

/** Stages, or the result of `composeStages`, which then is made once for all peers. */
export type RelayStages = readonly Stage[] | StageOperators;

export interface RelayOptions {
  /** The stages from the client to the server. Default: none. */
  readonly upstream?: RelayStages;
  /** The stages from the server to the client. Default: none. */
  readonly downstream?: RelayStages;
}

/**
 * Connects a client and a server, in a handler of `serve`: each receives what the other sends.
 *
 * ```text
 * client.bytes$    -a---b|               the client half-closes
 * server.bytes$    ---A------B|
 * to server        -a---bF               F: FIN
 * to client        ---A------BF
 * relay            ------------|         completes when both are closed
 * ```
 *
 * Each direction charges the budget of its source, so that a waiting direction does not stop the other. An error of one
 * side resets the other. At a stop the client is read until it is drained; the server is read until it ends its side,
 * for at most `lingerMs` after our FIN, so that its last answer arrives. The client's `bytesPending` counts both
 * directions.
 *
 * A UDP flow has no FIN: the server's flow ends `lingerMs` after the client's. Datagrams that the kernel does not take
 * are dropped.
 *
 * Errors with the error of either side.
 *
 * @param client The accepted side.
 * @param server The connected side, from `tcpClient` or `udpClient`.
 * @example
 * const toServer: Handler = (client) =>
 *   tcpClient({ host: '127.0.0.1', port: 7008 }).pipe(
 *     mergeMap((server) => relay(client, server, { downstream: [latency({ delayMs: 50 })] })),
 *   );
 * serve(toServer, { port: 7007 }).subscribe();
 *
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

/** Sends what one side receives to the other, charged to the budget of the source. */
const oneWay = (
  from: Connection | Flow,
  to: Connection | Flow,
  stages: MonoTypeOperatorFunction<Buffer>,
): Observable<never> => {
  const { budget } = from;
  const writes = to.transport === 'udp' ? to.writes({ budget, whenFull: 'drop' }) : to.writes({ budget });
  return from.bytes$.pipe(stages, writes);
};
