import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenError } from '../net/listenError';
import type { Endpoint } from '../endpoint';
import { EchoError } from '../errors';
import { makeRoom, MAX_METRICS_CONNECTIONS } from './makeRoom';

/** Limits the time for a request to arrive, and for its answer to be read. */
const REQUEST_MS = 2000;

/** The content of the pages. */
export interface MetricsPages {
  readonly contentType: string;
  readonly metrics: () => Promise<string>;
  /** Returns whether clients should be sent here. */
  readonly isReady: () => boolean;
}

export interface MetricsServer {
  readonly local: Endpoint;
  /** Closes the port and all connections at once. */
  readonly close: () => void;
}

/**
 * Serves `/metrics`, `/livez` and `/readyz` (503 while not ready) over HTTP. Resolves when it listens.
 *
 * Rejects with `ERR_ECHO_LISTEN`.
 *
 * @param at The address; an empty host means all local addresses.
 * @param requestMs Limits the time for a request to arrive, and for its answer to be read, in milliseconds.
 */
export const metricsServer = (
  { host, port }: Endpoint,
  pages: MetricsPages,
  requestMs = REQUEST_MS,
): Promise<MetricsServer> =>
  new Promise((resolve, reject) => {
    // Node checks timeouts only every 30 s by default.
    const limits = {
      headersTimeout: requestMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: requestMs / 4,
    };
    const server = createServer(limits, (request, response) => {
      const answer = async (): Promise<Page> => {
        if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'method not allowed');
        return pageOf((request.url ?? '/').split('?', 1)[0]!, pages);
      };
      answer()
        .catch((error: unknown) => text(500, String(error)))
        .then(({ status, contentType, body }) => response.writeHead(status, { 'content-type': contentType }).end(body))
        // The connection is gone, so no answer is possible.
        .catch(() => response.destroy());
    });
    makeRoom(server, MAX_METRICS_CONNECTIONS);
    server.timeout = requestMs;
    server
      .once('error', (cause: NodeJS.ErrnoException) => {
        const { message } = listenError('tcp', { host, port }, cause);
        reject(new EchoError('ERR_ECHO_LISTEN', `--metrics: ${message}`, { cause }));
      })
      .listen({ port, ...(host !== '' && { host }) }, () => {
        const bound = server.address() as AddressInfo;
        resolve({ local: { host: bound.address, port: bound.port }, close: () => close(server) });
      });
  });

interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const text = (status: number, body: string): Page => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body: `${body}\n`,
});

const pageOf = async (path: string, { contentType, metrics, isReady }: MetricsPages): Promise<Page> => {
  if (path === '/metrics') return { status: 200, contentType, body: await metrics() };
  if (path === '/livez') return text(200, 'ok');
  if (path === '/readyz') return isReady() ? text(200, 'ok') : text(503, 'not ready');
  return text(404, 'not found; expected /metrics, /livez or /readyz');
};

const close = (server: Server): void => {
  server.close();
  server.closeAllConnections();
};
