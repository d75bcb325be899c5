import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { remoteEndpoint } from '../../../lib/tcp/native/remoteEndpoint';
import { onBothPaths } from '../../support/onBothPaths';
import { client } from '../../support/socket';

/**
 * Returns the remote endpoint that a server sees of its client, and the client's port.
 *
 * @param host The address that the server listens on.
 * @param at The address that the client connects to.
 * @param before Called with the client's socket before the server looks.
 */
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
  it('returns the address and port of an IPv4 peer', async () => {
    const { seen, localPort } = await remote('127.0.0.1', '127.0.0.1');
    expect(seen).toEqual({ host: '127.0.0.1', port: localPort });
  });

  it('returns the IPv4 address of an IPv4 peer of a dual-stack socket', async () => {
    const { seen, localPort } = await remote('::', '127.0.0.1');
    expect(seen).toEqual({ host: '127.0.0.1', port: localPort });
  });

  it('returns the address and port of an IPv6 peer', async () => {
    const { seen, localPort } = await remote('::1', '::1');
    expect(seen).toEqual({ host: '::1', port: localPort });
  });

  it('returns the host "unknown" if the peer has already reset', async () => {
    const { seen } = await remote('127.0.0.1', '127.0.0.1', async (socket) => {
      socket.resetAndDestroy();
      await once(socket, 'close');
    });
    expect(seen).toEqual({ host: 'unknown', port: 0 });
  });
});
