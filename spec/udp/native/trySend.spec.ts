import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { trySend } from '../../../lib/udp/native/trySend';

const bound = async (): Promise<Socket & Disposable> => {
  const lookup = (host: string, family: number, callback: (error: null, address: string, family: number) => void) =>
    callback(null, host, family);
  const socket = createSocket({ type: 'udp4', lookup: lookup as never });
  const listening = once(socket, 'listening');
  socket.bind(0, '127.0.0.1');
  await listening;
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.close() });
};

/** The socket as a runtime has it that keeps its handle elsewhere. */
const withoutHandle = (socket: Socket): Socket =>
  new Proxy(socket, {
    ownKeys: () => [],
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

const at = (socket: Socket, address = '127.0.0.1') => ({ address, port: socket.address().port }) as RemoteInfo;

/** Told of a datagram that is pending, which none is to be where it is not expected. */
const nonePending = {
  pending: (): never => {
    throw new Error('pending');
  },
};

describe('trySend', () => {
  it('returns that the kernel has it, and the datagram arrives', async () => {
    using socket = await bound();
    const arrived = once(socket, 'message') as Promise<[Buffer]>;
    expect(trySend(socket)(Buffer.from('hello'), at(socket), nonePending)).toBe(true);
    expect((await arrived)[0].toString()).toBe('hello');
  });

  it('returns of an empty datagram that it is taken', async () => {
    using socket = await bound();
    const arrived = once(socket, 'message') as Promise<[Buffer]>;
    expect(trySend(socket)(Buffer.alloc(0), at(socket), nonePending)).toBe(true);
    expect((await arrived)[0].byteLength).toBe(0);
  });

  it.each([
    ['that is too long', Buffer.alloc(65_508), '127.0.0.1'],
    ['to a broadcast address', Buffer.from('x'), '255.255.255.255'],
  ])('returns that a datagram %s is rejected, and continues', async (_, data, address) => {
    using socket = await bound();
    const arrived = once(socket, 'message') as Promise<[Buffer]>;
    const send = trySend(socket);
    expect(send(data, at(socket, address), nonePending)).toBe(false);
    expect(send(Buffer.from('next'), at(socket), nonePending)).toBe(true);
    expect((await arrived)[0].toString()).toBe('next');
  });

  const withLateLookup = async (): Promise<Socket & Disposable> => {
    // Node's own lookup takes a turn: its request is not made within `send`.
    const socket = createSocket('udp4');
    await once(socket.bind(0, '127.0.0.1'), 'listening');
    return Object.assign(socket, { [Symbol.dispose]: () => void socket.close() });
  };

  it.each([
    ['there is no such handle', bound, withoutHandle],
    ['no request is to be had of it', withLateLookup, (socket: Socket) => socket],
  ])('reports later, by the callback of the socket, where %s', async (_, make, as) => {
    using socket = await make();
    const arrived = once(socket, 'message') as Promise<[Buffer]>;
    const send = trySend(as(socket));
    const sent = (data: Buffer): Promise<boolean> =>
      new Promise((resolve) => expect(send(data, at(socket), { pending: () => resolve })).toBeUndefined());
    expect(await sent(Buffer.from('x'))).toBe(true);
    expect((await arrived)[0].toString()).toBe('x');
    expect(await sent(Buffer.alloc(65_508))).toBe(false);
  });
});
