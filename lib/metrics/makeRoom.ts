import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Limits the open connections of an HTTP server: one more closes the connection that has been silent for longest, with no
 * request under way. So a client that connects and says nothing keeps no other out.
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

/** A scraper or two and a probe ask: more connections are not a part of the server's file descriptors. */
export const MAX_METRICS_CONNECTIONS = 16;
