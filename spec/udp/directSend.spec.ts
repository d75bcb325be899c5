import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { directSend } from '../../lib/udp/directSend';

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

/** What became of each datagram, in the order in which it was told. */
const outcome = () => {
  const told: string[] = [];
  return { told, taken: () => void told.push('taken'), refused: () => void told.push('refused') };
};

describe('directSend', () => {
  it('tells at once that the kernel has it, and the datagram arrives', async () => {
    using socket = await bound();
    const arrived = once(socket, 'message') as Promise<[Buffer]>;
    const hearer = outcome();
    directSend(socket)(Buffer.from('hello'), at(socket), hearer);
    expect(hearer.told).toEqual(['taken']);
    expect((await arrived)[0].toString()).toBe('hello');
  });

  it('tells of an empty datagram that it is taken', async () => {
    using socket = await bound();
    const arrived = once(socket, 'message') as Promise<[Buffer]>;
    const hearer = outcome();
    directSend(socket)(Buffer.alloc(0), at(socket), hearer);
    expect(hearer.told).toEqual(['taken']);
    expect((await arrived)[0].byteLength).toBe(0);
  });

  it.each([
    ['that is too long', Buffer.alloc(65_508), '127.0.0.1'],
    ['to a broadcast address', Buffer.from('x'), '255.255.255.255'],
  ])('tells that a datagram %s is refused, and goes on', async (_, data, address) => {
    using socket = await bound();
    const arrived = once(socket, 'message') as Promise<[Buffer]>;
    const hearer = outcome();
    const send = directSend(socket);
    send(data, at(socket, address), hearer);
    send(Buffer.from('next'), at(socket), hearer);
    expect(hearer.told).toEqual(['refused', 'taken']);
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
  ])('tells later, by the callback of the socket, where %s', async (_, make, as) => {
    using socket = await make();
    const arrived = once(socket, 'message') as Promise<[Buffer]>;
    const send = directSend(as(socket));
    const said = new Promise<string>((resolve) => {
      send(Buffer.from('x'), at(socket), { taken: () => resolve('taken'), refused: () => resolve('refused') });
    });
    expect(await said).toBe('taken');
    expect((await arrived)[0].toString()).toBe('x');
    const failed = new Promise<string>((resolve) => {
      const hearer = { taken: () => resolve('taken'), refused: () => resolve('refused') };
      send(Buffer.alloc(65_508), at(socket), hearer);
    });
    expect(await failed).toBe('refused');
  });
});
