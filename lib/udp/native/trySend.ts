import type { RemoteInfo, Socket } from 'node:dgram';

/** Called once, when the kernel has taken a datagram that it did not take at once, or never will. */
export type SendCallback = (taken: boolean) => void;

/** Makes the callback of a datagram that the kernel did not take at once. */
export interface PendingSends {
  pending(data: Uint8Array, to: RemoteInfo): SendCallback;
}

/** Sends a datagram. Returns whether the kernel took it; `undefined` where it says so later, through `sends`. */
export type TrySend = (data: Uint8Array, to: RemoteInfo, sends: PendingSends) => boolean | undefined;

/** What Node asks the kernel with; it says what became of a datagram that the kernel took later. */
interface Request {
  oncomplete?: (status: number) => void;
  /** Kept from the garbage collector until then. */
  list?: readonly Uint8Array[];
}

/** What Node does not document of a UDP socket: the handle, whose `send` says at once what became of a datagram. */
interface Handle {
  send: (this: Handle, request: Request, list: readonly Uint8Array[], length: number, ...rest: unknown[]) => number;
}

const handleOf = (socket: Socket): Handle | undefined => {
  const symbol = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol');
  const state = symbol && (socket as unknown as Record<symbol, { handle?: Handle }>)[symbol];
  return state?.handle?.constructor.name === 'UDP' ? state.handle : undefined;
};

/**
 * `socket.send` that returns at once what the kernel said. Node keeps that for the next tick, and a tick for each answer is
 * a third of all that an echo of datagrams computes. Here the handle is asked: it returns how many bytes the kernel took and
 * 1 more; a negative number of the system's error; or 0, where the kernel took none yet and it will call back. And a
 * request, which Node makes for each datagram, is made for those alone that the handle keeps.
 *
 * Where there is no such handle (Bun), or no request to be had of it, it is `socket.send` with its callback.
 *
 * @param socket Bound: until then it may change its handle.
 * @param isConnected Whether it is connected to the only peer that it sends to.
 */
export const trySend = (socket: Socket, isConnected = false): TrySend => {
  const documented: TrySend = (data, to, sends) => {
    const done = sends.pending(data, to);
    try {
      if (isConnected) socket.send(data, (error) => done(!error));
      else socket.send(data, to.port, to.address, (error) => done(!error));
    } catch {
      // A closed socket: Node throws where it could call back.
      queueMicrotask(() => done(false));
    }
    return undefined;
  };
  const handle = handleOf(socket);
  let spare = handle && captureSendWrap(socket, handle, isConnected);
  // Tried before the first answer: one that fails at each answer would drop them all.
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
 * A request as Node makes it, who keeps its class to itself: it is made to send, and what it would send with goes no
 * further. Undefined where it asks its handle later, or not so; what it then sends is an empty datagram, to this machine.
 */
const captureSendWrap = (socket: Socket, handle: Handle, isConnected: boolean): Request | undefined => {
  let made: Request | undefined;
  // An own property over the handle's method.
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

/** Where nothing is sent to. */
const [NOTHING, ANY_PORT, LOOPBACK] = [new Uint8Array(0), 1, '127.0.0.1'] as const;
