import { EchoError, type EchoErrorCode } from '../errors';
import type { EchoEvent } from '../events';
import type { PeerStats } from '../peer';

type ErrorForm = Pick<EchoError, 'code' | 'message'>;

/** An event as it is sent between processes: a peer as its stats, an error as its code and message. */
export interface SerializedEvent {
  readonly event: EchoEvent<PeerStats>;
  /** Identifies the peer of `opened` and `closed`. */
  readonly key?: number;
  readonly error?: ErrorForm;
}

/** Serializes events; one for each worker, because it knows the open peers. */
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

/** Deserializes events: `opened` and `closed` of one peer share one object again. */
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
