import { networkInterfaces } from 'node:os';
import { MAX_METRICS_CONNECTIONS } from '../../metrics/makeRoom';
import { transportsOf } from '../../server/serverOptions';
import { canListInterfaces, localAddresses, type Interfaces } from '../../udp/localAddresses';
import type { ServerFlags } from '../args/createProgram';

/**
 * Returns how many sockets a server has beside its connections: its listeners, one at each local address for UDP, and
 * those of `--metrics`.
 *
 * @param interfaces Default: `os.networkInterfaces`.
 */
export const otherSockets = (flags: ServerFlags, interfaces: Interfaces = networkInterfaces): number => {
  const { host: { length: hosts } = [], udpWildcard, metrics } = flags;
  const places = hosts || 1;
  const isAtEach = hosts === 0 && !udpWildcard && canListInterfaces(interfaces);
  const sockets = { tcp: places, udp: isAtEach ? localAddresses(interfaces).length : places };
  // The listener, its connections, and one more until another makes room.
  const asking = metrics ? 1 + MAX_METRICS_CONNECTIONS + 1 : 0;
  return transportsOf(flags).reduce((sum, transport) => sum + sockets[transport], asking);
};
