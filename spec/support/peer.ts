import { NEVER, type Observable } from 'rxjs';
import { byteBudget } from '../../lib/backpressure/byteBudget';
import type { ServedConnection } from '../../lib/peer';

/** A connection made of marbles: what it sends is given, and what is sent to it ends with its source. */
export const testConnection = (
  partial: Partial<ServedConnection> & { readonly bytes$?: Observable<Buffer> } = {},
): ServedConnection => {
  const budget = byteBudget();
  return {
    transport: 'tcp',
    id: 1,
    local: { host: '127.0.0.1', port: 7 },
    remote: { host: '127.0.0.1', port: 50_000 },
    budget,
    receiveQueue: { capacity: 100, sizeOf: (chunk) => chunk.byteLength, budget },
    bytes$: NEVER,
    bytes: { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) },
    writes: () => () => NEVER,
    plugIn: () => undefined,
    environment: undefined,
    onLoss: () => undefined,
    pairWith: () => undefined,
    endAfterFin: () => undefined,
    reuseReadBuffer: () => undefined,
    keepOpen: () => undefined,
    unsentBytes: 0,
    isRead: true,
    endReason: undefined,
    abort: () => undefined,
    end: () => undefined,
    finish: () => undefined,
    destroy: () => undefined,
    onClosed: (then) => then(),
    activity: 0,
    isIdle: true,
    bytesIn: 0,
    bytesOut: 0,
    bytesPending: 0,
    framesPending: 0,
    peerClosed: true,
    flushed: false,
    unread: false,
    ...partial,
  };
};
