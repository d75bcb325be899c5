import { filter, identity, type MonoTypeOperatorFunction } from 'rxjs';
import type { EchoEvent } from '../../events';
import type { Connection, Datagram } from '../../peer';
import type { AccessList } from './accessList';

/**
 * Lets pass who may be served, and tells of the others. It stands at the listener, before anything is counted, kept or
 * said of a peer.
 *
 * ```text
 * connections    --A--x--B--      x: denied
 * admit          --A-----B--      x: reset, and told
 * ```
 *
 * A denied connection is reset: nothing of it stays behind here (an orderly end leaves a socket in TIME_WAIT, or one
 * that waits for the other side), and the client cannot take it for a server that had nothing to say. A denied datagram
 * is dropped, as any network would.
 */
export const accessControl = <T extends Connection | Datagram>(
  access: AccessList | undefined,
  say: (event: EchoEvent) => void,
): MonoTypeOperatorFunction<T> => {
  if (!access) return identity;
  return filter((peer) => {
    // Here too, for the cost of it: a datagram makes its `remote` anew for each who asks.
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
