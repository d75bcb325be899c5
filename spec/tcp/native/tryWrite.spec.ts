import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tryWrite } from '../../../lib/tcp/native/tryWrite';
import { client, read } from '../../support/socket';
import { pattern } from '../../support/pattern';

const MIB = 1024 * 1024;

/** Returns both ends of a connection. `near` is paused, and writes. */
const ends = async (): Promise<{ near: Socket; far: Socket }> => {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<Socket[]>;
  const far = await client((server.address() as AddressInfo).port);
  const [near] = await connected;
  server.close();
  return { near: near!, far: far.pause() };
};

describe('tryWrite', () => {
  it('returns how many bytes the kernel took, and sends them', async () => {
    const { near, far } = await ends();
    expect(tryWrite(near, Buffer.from('hello'))).toBe(5);
    expect(near.writableLength).toBe(0);
    expect(String(await read(far, 5))).toBe('hello');
    near.destroy();
    far.destroy();
  });

  it('writes until the kernel is full, and lets the socket write the rest', async () => {
    const { near, far } = await ends();
    const bytes = pattern(64 * MIB);
    let taken = 0;
    for (let last = 1; last > 0; taken += last) last = tryWrite(near, bytes.subarray(taken));
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(bytes.byteLength);
    near.end(bytes.subarray(taken));
    expect((await read(far, bytes.byteLength)).equals(bytes)).toBe(true);
    near.destroy();
    far.destroy();
  });

  it('writes nothing while bytes are queued, which it would overtake', async () => {
    const { near, far } = await ends();
    near.write(pattern(64 * MIB));
    expect(near.writableLength).toBeGreaterThan(0);
    expect(tryWrite(near, Buffer.from('hello'))).toBe(0);
    near.on('error', () => undefined).destroy();
    far.destroy();
  });

  it('destroys the socket with the error of the system when the peer has reset', async () => {
    const { near, far } = await ends();
    const failed = once(near, 'error') as Promise<NodeJS.ErrnoException[]>;
    far.resetAndDestroy();
    await once(far, 'close');
    expect(tryWrite(near, Buffer.from('hello'))).toBe(0);
    expect(near.destroyed).toBe(true);
    expect((await failed)[0]!.code).toBe('ECONNRESET');
  });

  it('writes nothing to a closed socket', async () => {
    const { near, far } = await ends();
    near.destroy();
    expect(tryWrite(near, Buffer.from('hello'))).toBe(0);
    far.destroy();
  });
});
