import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Limits the connections of an HTTP server: a further one closes the connection that has been silent for longest
 * without a request. So silent clients do not keep others out.
 *
 * @param maxConnections Minimum: `1`.
 */
export const makeRoom = (server: Server, maxConnections: number): void => {
  const open = new Set<Socket>();
  /** In the order in which they fell silent. */
  const silent = new Set<Socket>();
  server
    .on('connection', (socket) => {
      open.add(socket);
      silent.add(socket);
      socket.on('close', () => {
        open.delete(socket);
        silent.delete(socket);
      });
      const [oldest] = silent;
      if (open.size > maxConnections) oldest?.destroy();
    })
    .on('request', ({ socket }, response) => {
      silent.delete(socket);
      response.on('close', () => open.has(socket) && silent.add(socket));
    });
};

/** Enough for some scrapers and a probe; more would take file descriptors from the server. */
export const MAX_METRICS_CONNECTIONS = 16;
