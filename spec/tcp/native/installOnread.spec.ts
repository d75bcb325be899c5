import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { installOnread } from '../../../lib/tcp/native/installOnread';
import { retain, readBuffer } from '../../../lib/streams/retain';
import { onBothPaths } from '../../support/onBothPaths';
import { client } from '../../support/socket';
import { pattern } from '../../support/pattern';

/** Returns the chunks that a server reads until its client has ended its side. */
const chunksReadFrom = async (send: (socket: Socket) => void): Promise<Buffer[]> => {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<Socket[]>;
  const socket = await client((server.address() as AddressInfo).port);
  const [accepted] = await connected;
  const chunks: Buffer[] = [];
  installOnread(accepted!, { onChunk: (chunk) => chunks.push(retain(chunk)) });
  send(socket);
  accepted!.resume();
  await once(accepted!, 'end');
  accepted!.destroy();
  socket.destroy();
  server.close();
  await once(server, 'close');
  return chunks;
};

onBothPaths('installOnread', () => {
  it('delivers every byte in order, and lets the server close afterwards', async () => {
    const chunks = await chunksReadFrom((socket) => socket.end(pattern(1024 * 1024)));
    expect(Buffer.concat(chunks).equals(pattern(1024 * 1024))).toBe(true);
  });

  it('never overwrites a retained chunk with a later read', async () => {
    const sizes = [1, 64, 4095, 4096, 65_536, 100_000];
    const copies: Buffer[] = [];
    const chunks = await chunksReadFrom((socket) => {
      for (let round = 0; round < 20; round += 1) {
        for (const size of sizes) {
          const sent = Buffer.alloc(size, round * sizes.length + sizes.indexOf(size));
          copies.push(Buffer.from(sent));
          socket.write(sent);
        }
      }
      socket.end();
    });
    // Compared only after all reads: an overwritten chunk would hold later bytes.
    expect(Buffer.concat(chunks).equals(Buffer.concat(copies))).toBe(true);
  });
});

describe('installOnread on Node', () => {
  it('reads into the shared buffer without "data" events', async () => {
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const connected = once(server, 'connection') as Promise<Socket[]>;
    const socket = await client((server.address() as AddressInfo).port);
    const [accepted] = await connected;
    const received = new Promise<string>((resolve) => {
      installOnread(accepted!, {
        onChunk: (chunk) => {
          expect(chunk.buffer).toBe(readBuffer.buffer);
          resolve(chunk.toString());
        },
      });
    });
    expect(accepted!.listenerCount('data')).toBe(0);
    accepted!.resume();
    socket.write('hello');
    expect(await received).toBe('hello');
    socket.destroy();
    accepted!.destroy();
    server.close();
  });
});
