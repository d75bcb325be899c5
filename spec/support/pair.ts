import { firstValueFrom } from 'rxjs';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from '../../lib/options';
import type { ServedConnection } from '../../lib/peer';
import { listenTcp } from '../../lib/tcp/tcpListener';
import { client } from './socket';

interface Pair {
  readonly connection: ServedConnection;
  readonly socket: Socket;
}

/** A client's socket and the connection that a server has of it; nobody listens any more. */
export const pair = async (options: ConnectionOptions = {}): Promise<Pair> => {
  const listener = await firstValueFrom(listenTcp({ host: '127.0.0.1', port: 0, ...options }));
  const accepted = firstValueFrom(listener.connections$);
  const socket = await client(listener.local.port);
  return { connection: (await accepted) as ServedConnection, socket };
};
