import type { RemoteInfo, Socket } from 'node:dgram';

/** Called once, when the kernel has taken a pending datagram, or never will. */
export type SendCallback = (taken: boolean) => void;

/** Makes the callback of a pending datagram. */
export interface PendingSends {
  pending(data: Uint8Array, to: RemoteInfo): SendCallback;
}

/**
 * Sends a datagram. Returns whether the kernel took it, or `undefined` while that is not known: then `sends` makes a
 * callback.
 */
export type TrySend = (data: Uint8Array, to: RemoteInfo, sends: PendingSends) => boolean | undefined;

/** Node's request object, which completes when the kernel has taken a pending datagram. */
interface Request {
  oncomplete?: (status: number) => void;
  /** Kept from the garbage collector until then. */
  list?: readonly Uint8Array[];
}

/** The handle of a UDP socket, which Node does not document. Its `send` reports at once what became of a datagram. */
interface Handle {
  send: (this: Handle, request: Request, list: readonly Uint8Array[], length: number, ...rest: unknown[]) => number;
}

const handleOf = (socket: Socket): Handle | undefined => {
  const symbol = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol');
  const state = symbol && (socket as unknown as Record<symbol, { handle?: Handle }>)[symbol];
  return state?.handle?.constructor.name === 'UDP' ? state.handle : undefined;
};

/**
 * Sends like `socket.send`, but returns the kernel's answer at once, where Node defers it to the next tick (013). The
 * handle returns the number of bytes that the kernel took and 1 more, a negative error of the system, or 0 if it will
 * call back. Node makes a request object for each datagram; here only pending datagrams get one.
 *
 * Without such a handle (Bun) or request, it uses `socket.send` with its callback.
 *
 * @param socket A bound socket; before, it may change its handle.
 * @param isConnected Whether it is connected to the only peer that it sends to.
 */
export const trySend = (socket: Socket, isConnected = false): TrySend => {
  const documented: TrySend = (data, to, sends) => {
    const done = sends.pending(data, to);
    try {
      if (isConnected) socket.send(data, (error) => done(!error));
      else socket.send(data, to.port, to.address, (error) => done(!error));
    } catch {
      // A closed socket: Node throws instead of calling back.
      queueMicrotask(() => done(false));
    }
    return undefined;
  };
  const handle = handleOf(socket);
  let spare = handle && captureSendWrap(socket, handle, isConnected);
  // Tried before the first reply, because a path that fails would drop each reply.
  if (!handle || !spare) return documented;
  return (data, to, sends) => {
    const { port, address } = to;
    const request = spare ?? captureSendWrap(socket, handle, isConnected);
    if (!request) return documented(data, to, sends);
    const list = [data];
    const result = isConnected
      ? handle.send(request, list, 1, true)
      : handle.send(request, list, 1, port, address, true);
    spare = result === 0 ? undefined : request;
    if (result !== 0) return result > 0;
    const done = sends.pending(data, to);
    request.list = list;
    request.oncomplete = (status) => done(status >= 0);
    return undefined;
  };
};

/**
 * Returns a request object, whose class Node does not export: one is captured by sending an empty datagram to this
 * machine, which does not leave. Returns `undefined` if Node calls its handle later, or differently.
 */
const captureSendWrap = (socket: Socket, handle: Handle, isConnected: boolean): Request | undefined => {
  let made: Request | undefined;
  // An own property over the method of the handle.
  const { send } = handle;
  handle.send = (request) => {
    made = request;
    return 1;
  };
  try {
    if (isConnected) socket.send(NOTHING, () => undefined);
    else socket.send(NOTHING, ANY_PORT, LOOPBACK, () => undefined);
  } catch {
    return undefined;
  } finally {
    handle.send = send;
  }
  return made;
};

/** An address to which nothing is sent. */
const [NOTHING, ANY_PORT, LOOPBACK] = [new Uint8Array(0), 1, '127.0.0.1'] as const;
