import type { RemoteInfo, Socket } from 'node:dgram';

/** Who is told that the kernel has a datagram, or that it will not have it. */
export interface KernelHearer {
  taken(): void;
  refused(): void;
}

/** Sends a datagram; the hearer is told at once, or later. */
export type Send = (data: Uint8Array, to: RemoteInfo, hearer: KernelHearer) => void;

interface Request {
  oncomplete?: (status: number) => void;
}

/** What Node does not document of a UDP socket: the handle, whose `send` says at once what became of a datagram. */
interface Handle {
  send(request: Request, ...rest: unknown[]): number;
}

const handleOf = (socket: Socket): Handle | undefined => {
  const symbol = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol');
  const state = symbol && (socket as unknown as Record<symbol, { handle?: Handle }>)[symbol];
  return state?.handle?.constructor.name === 'UDP' ? state.handle : undefined;
};

/**
 * `socket.send` that learns at once what the kernel said. Node keeps that for the next tick, and a tick for each answer
 * is a third of all that an echo of datagrams computes. Here the handle's own result is read on its way: the bytes that
 * the kernel took and 1 more; a negative number of the system's error; or 0, where it took none yet and will call back.
 *
 * Where there is no such handle (Bun), it is `socket.send` with its callback.
 *
 * @param socket Bound: until then it may change its handle.
 */
export const directSend = (socket: Socket): Send => {
  const handle = handleOf(socket);
  if (!handle) {
    return (data, { port, address }, hearer) =>
      socket.send(data, port, address, (error) => (error ? hearer.refused() : hearer.taken()));
  }
  const send = handle.send.bind(handle);
  const heard: { request: Request | undefined; result: number } = { request: undefined, result: 0 };
  handle.send = (request, list, length, port, address) => {
    heard.request = request;
    heard.result = send(request, list, length, port, address, true);
    return heard.result;
  };
  return (data, { port, address }, hearer) => {
    heard.request = undefined;
    socket.send(data, port, address);
    const { request, result } = heard as { request?: Request; result: number };
    if (request === undefined || result < 0) hearer.refused();
    else if (result > 0) hearer.taken();
    else request.oncomplete = (status) => (status < 0 ? hearer.refused() : hearer.taken());
  };
};
