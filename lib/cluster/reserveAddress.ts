import { map, mergeMap, type Observable } from 'rxjs';
import type { EchoEvent } from '../events';
import { defaults } from '../options';
import type { PeerAccount } from '../peer';
import { bindAll } from '../net/bindAll';
import { binds } from '../server/run/listenerBinders';
import { lookupAll } from '../server/run/resolveHosts';
import { transportsOf, type EchoServerOptions } from '../server/serverOptions';

/** Where workers are to listen, all at the same addresses and number. */
export interface Place {
  readonly hosts: readonly string[];
  readonly port: number;
  /** What is said when all of them do. */
  readonly listening: readonly EchoEvent<PeerAccount>[];
}

/**
 * Finds out where workers can listen: binds everything once, and gives it free again for them; port 0 becomes a number.
 *
 * Errors with `ERR_ECHO_LISTEN` where a server alone would.
 */
export const findPlace = (
  options: Pick<EchoServerOptions, 'tcp' | 'udp' | 'hosts' | 'port' | 'wildcard' | 'scheduler' | 'requests$'>,
): Observable<Place> => {
  const { hosts = [], port, scheduler = defaults.scheduler } = options;
  return lookupAll(hosts, port, transportsOf(options)[0] ?? 'tcp').pipe(
    mergeMap((addresses) =>
      bindAll(
        binds(options, addresses, true, () => undefined),
        port,
        scheduler,
      ).pipe(
        map((listeners) => {
          for (const listener of listeners) listener.close();
          return {
            hosts: addresses,
            port: listeners[0]?.local.port ?? port,
            listening: listeners.map(({ transport, local }) => ({ kind: 'listening', transport, local }) as const),
          };
        }),
      ),
    ),
  );
};
