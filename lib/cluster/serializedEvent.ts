import { EchoError, type EchoErrorCode } from '../errors';
import type { EchoEvent } from '../events';
import type { PeerStats } from '../peer';

type ErrorForm = Pick<EchoError, 'code' | 'message'>;

/** An event as it crosses from one process to another: a peer as its account, an error as its code and its words. */
export interface SerializedEvent {
  readonly event: EchoEvent<PeerStats>;
  /** The same for `opened` and `closed` of one peer. */
  readonly key?: number;
  readonly error?: ErrorForm;
}

/** Makes events fit to be sent; one for each worker, since it knows which peers are open. */
export const serializeEvents = (): ((event: EchoEvent<PeerStats>) => SerializedEvent) => {
  const keys = new WeakMap<PeerStats, number>();
  let last = 0;
  return (event) => {
    if (event.kind === 'opened') {
      keys.set(event.peer, (last += 1));
      return { key: last, event: { ...event, peer: accountOf(event.peer) } };
    }
    if (event.kind === 'closed') {
      const { error, peer, ...rest } = event;
      const key = keys.get(peer)!;
      return { key, event: { ...rest, peer: accountOf(peer) }, ...(error && { error: formOf(error) }) };
    }
    return event.kind === 'failed' ? { event, error: formOf(event.error) } : { event };
  };
};

/** Makes events of what was sent: `opened` and `closed` of one peer have the same peer again. */
export const deserializeEvents = (): ((form: SerializedEvent) => EchoEvent<PeerStats>) => {
  const open = new Map<number, PeerStats>();
  return ({ event, key = 0, error }) => {
    if (event.kind === 'opened') open.set(key, event.peer);
    if (event.kind === 'closed') {
      const peer = Object.assign(open.get(key)!, event.peer);
      open.delete(key);
      return { ...event, peer, ...(error && { error: errorOf(error) }) };
    }
    return event.kind === 'failed' && error ? { ...event, error: errorOf(error) } : event;
  };
};

const accountOf = (peer: PeerStats): PeerStats => {
  const { transport, id, local, remote, bytesIn, bytesOut, bytesPending, framesPending, flushed, unread } = peer;
  return { transport, id, local, remote, bytesIn, bytesOut, bytesPending, framesPending, flushed, unread };
};

const formOf = ({ code, message }: EchoError): ErrorForm => ({ code, message });

const errorOf = ({ code, message }: { readonly code: EchoErrorCode; readonly message: string }): EchoError =>
  new EchoError(code, message);
