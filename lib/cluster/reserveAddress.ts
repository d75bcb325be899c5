import { map, mergeMap, type Observable } from 'rxjs';
import type { EchoEvent } from '../events';
import { defaults } from '../options';
import type { PeerStats } from '../peer';
import { bindAll } from '../net/bindAll';
import { listenerBinders } from '../server/run/listenerBinders';
import { resolveHosts } from '../server/run/resolveHosts';
import { transportsOf, type EchoServerOptions } from '../server/serverOptions';

/** The addresses and the port number of all workers. */
export interface ListenAddress {
  readonly hosts: readonly string[];
  readonly port: number;
  /** Emitted when all workers listen. */
  readonly listening: readonly EchoEvent<PeerStats>[];
}

/**
 * Finds out where workers can listen: binds everything once, and releases it for them. Port 0 becomes a number.
 *
 * Errors with `ERR_ECHO_LISTEN` as a server of one process does.
 */
export const reserveAddress = (
  options: Pick<EchoServerOptions, 'tcp' | 'udp' | 'hosts' | 'port' | 'wildcard' | 'scheduler' | 'requests$'>,
): Observable<ListenAddress> => {
  const { hosts = [], port, scheduler = defaults.scheduler } = options;
  return resolveHosts(hosts, port, transportsOf(options)[0] ?? 'tcp').pipe(
    mergeMap((addresses) =>
      bindAll(
        listenerBinders(options, addresses, true, () => undefined),
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
