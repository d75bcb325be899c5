import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { firstValueFrom } from 'rxjs';
import { askReceiveBuffer } from '../../lib/udp/askReceiveBuffer';
import { listenUdp } from '../../lib/udp/listenUdp';

const MIB = 1024 * 1024;

/** What a system was asked for that refuses more than it has. */
const askedOf = (most: number, bytes: number): number[] => {
  const asked: number[] = [];
  const setRecvBufferSize = (size: number): void => {
    asked.push(size);
    if (size > most) throw new Error('ENOBUFS');
  };
  askReceiveBuffer({ setRecvBufferSize }, bytes);
  return asked;
};

/** What this system gives without being asked. */
const defaultBytes = async (): Promise<number> => {
  const socket = createSocket('udp4');
  await once(socket.bind(0, '127.0.0.1'), 'listening');
  const bytes = socket.getRecvBufferSize();
  socket.close();
  return bytes;
};

describe('askReceiveBuffer', () => {
  it('requests the given size', () => {
    expect(askedOf(Infinity, 4 * MIB)).toEqual([4 * MIB]);
    expect(askedOf(Infinity, 4096)).toEqual([4096]);
  });

  it('asks for half of what was refused, until it is given, or hardly anything is left', () => {
    expect(askedOf(MIB, 4 * MIB)).toEqual([4 * MIB, 2 * MIB, MIB]);
    expect(askedOf(0, 256 * 1024)).toEqual([256 * 1024, 128 * 1024, 64 * 1024]);
    expect(askedOf(0, 4096)).toEqual([4096]);
  });

  it('is done for every UDP listener, by default for more than a system gives by itself', async () => {
    const capacityOf = async (options = {}): Promise<number> => {
      const listener = await firstValueFrom(listenUdp({ host: '127.0.0.1', port: 0, ...options }));
      listener.close();
      return listener.queue.capacity;
    };
    const bytes = await defaultBytes();
    expect(await capacityOf()).toBeGreaterThan(bytes);
    expect(await capacityOf({ receiveBufferBytes: 8192 })).toBeLessThan(bytes);
    expect(() => listenUdp({ port: 0, receiveBufferBytes: 0 })).toThrow('receiveBufferBytes');
  });
});
