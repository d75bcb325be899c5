import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { remoteEndpoint } from '../../../lib/tcp/native/remoteEndpoint';
import { onBothPaths } from '../../support/onBothPaths';
import { client } from '../../support/socket';

/** What a server that listens on `host` knows of a client at `at`, which is given what it is to do before the server looks. */
const remote = async (host: string, at: string, before: (socket: Socket) => unknown = () => undefined) => {
  const server = createServer({ pauseOnConnect: true }).listen(0, host);
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<Socket[]>;
  const socket = await client((server.address() as AddressInfo).port, at);
  const [accepted] = await connected;
  const { localPort } = socket;
  await before(socket);
  const seen = remoteEndpoint(accepted!);
  accepted!.on('error', () => undefined).destroy();
  socket.destroy();
  server.close();
  return { seen, localPort };
};

onBothPaths('remoteEndpoint', () => {
  it('is where the peer is', async () => {
    const { seen, localPort } = await remote('127.0.0.1', '127.0.0.1');
    expect(seen).toEqual({ host: '127.0.0.1', port: localPort });
  });

  it('is the IPv4 address of an IPv4 peer of a dual-stack socket', async () => {
    const { seen, localPort } = await remote('::', '127.0.0.1');
    expect(seen).toEqual({ host: '127.0.0.1', port: localPort });
  });

  it('is the address of an IPv6 peer', async () => {
    const { seen, localPort } = await remote('::1', '::1');
    expect(seen).toEqual({ host: '::1', port: localPort });
  });

  it('is unknown when the peer has reset before', async () => {
    const { seen } = await remote('127.0.0.1', '127.0.0.1', async (socket) => {
      socket.resetAndDestroy();
      await once(socket, 'close');
    });
    expect(seen).toEqual({ host: 'unknown', port: 0 });
  });
});
