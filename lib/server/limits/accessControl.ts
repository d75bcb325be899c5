import { filter, identity, type MonoTypeOperatorFunction } from 'rxjs';
import type { EchoEvent } from '../../events';
import type { Connection, Datagram } from '../../peer';
import type { AccessList } from './accessList';

/**
 * Passes the peers that are served, and reports the others. It stands at the listener, before a peer is counted or
 * logged.
 *
 * ```text
 * connections    --A--x--B--      x: denied
 * accessControl  --A-----B--      x: reset, and reported
 * ```
 *
 * A denied connection is reset: a FIN would leave a socket in TIME_WAIT, and would look like a server without an
 * answer. A denied datagram is dropped.
 */
export const accessControl = <T extends Connection | Datagram>(
  access: AccessList | undefined,
  say: (event: EchoEvent) => void,
): MonoTypeOperatorFunction<T> => {
  if (!access) return identity;
  return filter((peer) => {
    // Read once, because a datagram makes its `remote` anew for each access.
    if (access.isOpen) return true;
    const { remote } = peer;
    if (access.admits(remote.host)) return true;
    if ('abort' in peer) {
      peer.abort();
      say({ kind: 'refused', transport: 'tcp', remote, reason: 'denied' });
    } else say({ kind: 'dropped', remote, reason: 'denied', bytes: peer.data.byteLength });
    return false;
  });
};
