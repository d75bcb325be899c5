import { spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { defaultIfEmpty, of, type Observable } from 'rxjs';
import type { ReplyPath, SendOwner, ServedDatagram } from '../../lib/peer';
import { itWhere } from './installed';

/** A UDP client that takes datagrams from one address only: the one that it asks. */
export interface UdpClient extends AsyncDisposable {
  readonly port: number;
  /** Sends at once: the datagram is with the kernel when this returns. */
  send(data: Uint8Array | string): void;
  /** The next datagram, in the order of arrival; rejects when the server's port is closed. */
  next(): Promise<Buffer>;
}

/** Connects to a server, from where the system or `from` says; close it with `await using`. */
export const udpClient = async (
  port: number,
  host = '127.0.0.1',
  from?: { readonly address?: string; readonly port: number },
): Promise<UdpClient> => {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const arrived: Buffer[] = [];
  socket.on('message', (data) => arrived.push(data)).on('error', () => undefined);
  if (from) await once(socket.bind(from), 'listening');
  socket.connect(port, host);
  await once(socket, 'connect');
  return {
    port: socket.address().port,
    send: (data) => socket.send(data),
    next: async () => {
      while (arrived.length === 0) await once(socket, 'message');
      return arrived.shift() as Buffer;
    },
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
};

/** Whether the port can be bound for UDP. */
export const udpPortIsFree = async (port: number, host = '127.0.0.1'): Promise<boolean> => {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  try {
    await once(socket.bind(port, host), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
};

const python = (script: string, ...args: (string | number)[]): boolean =>
  spawnSync('python3', ['-c', script, ...args.map(String)]).status === 0;

const RAW_SOCKET = 'import socket, struct, sys; s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)';

/** `it`, where this user can forge packets. */
export const itWithRawSockets = itWhere(python(RAW_SOCKET), 'python3 may not open a raw socket');

/** Sends a datagram from any port of 127.0.0.1 to another, 0 too, and one that somebody else has: a raw socket can. */
export const forge = (from: number, to: number, data: string): boolean =>
  python(
    `${RAW_SOCKET}; d = sys.argv[3].encode(); ` +
      `s.sendto(struct.pack('!HHHH', int(sys.argv[1]), int(sys.argv[2]), 8 + len(d), 0) + d, ('127.0.0.1', 0))`,
    from,
    to,
    data,
  );

/** An echo server as anybody would write it. */
export const naiveEcho = async (): Promise<Socket & Disposable> => {
  const socket = createSocket('udp4');
  socket.on('message', (data, { port, address }) => socket.send(data, port, address));
  await once(socket.bind(0, '127.0.0.1'), 'listening');
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.close() });
};

/** A datagram that came from nowhere; what is sent back is with the kernel at once, or when `taken` says. */
export const fakeDatagram = (
  peer: string,
  data: string | Buffer = peer,
  taken: (bytes: number) => Observable<number> = of,
): ServedDatagram => {
  const replyPath: ReplyPath = {
    trySend: (answer, owner) => trySend(taken(answer.byteLength), owner),
    full: false,
    drop: () => undefined,
    retain: () => undefined,
    release: () => undefined,
  };
  return {
    ...replyPath,
    replyPath,
    data: Buffer.from(data),
    local: { host: '127.0.0.1', port: 7 },
    remote: { host: peer, port: 49152 },
    reply: (answer) => taken(answer.byteLength),
  };
};

/** As a socket tells it: at once whether it was taken, or that it is pending. */
const trySend = (taken$: Observable<number>, owner: SendOwner): boolean | undefined => {
  let result: boolean | undefined;
  let isPending = false;
  const sending = taken$.pipe(defaultIfEmpty(undefined)).subscribe((bytes) => {
    result = bytes !== undefined;
    if (isPending) owner.onSettled(sending, result);
  });
  isPending = result === undefined;
  if (isPending) owner.onPending(sending);
  return result;
};

/** The values of a marble diagram: each letter is a datagram of the peer of that name, with the letter in it. */
export const peers = {
  a: fakeDatagram('a'),
  b: fakeDatagram('b'),
  c: fakeDatagram('c'),
};
