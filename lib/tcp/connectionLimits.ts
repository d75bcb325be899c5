import type { Server, Socket } from 'node:net';
import { stripV4Mapped } from '../endpoint';
import { assertInRange, type TcpServerOptions } from '../options';
import type { RefusedConnection } from '../peer';
import { IntrusiveSet } from '../streams/intrusiveSet';
import { remoteEndpoint } from './native/remoteEndpoint';
import { sourceNetwork } from './sourceNetwork';

export type ConnectionLimitsOptions = Pick<TcpServerOptions, 'maxConnections' | 'maxConnectionsPerSource'>;

/** The value of `server.maxConnections` that makes Node drop every connection. Node 20 treats 0 as no limit. */
const NONE = -1;

/**
 * Limits the open connections over all listeners of a server.
 *
 * Node closes a connection above `maxConnections` before it creates a socket, so that a refusal stays cheap. The
 * listener refuses a connection above `maxConnectionsPerSource`, when `admits` returns `false`.
 *
 * A connection counts from its accept until its socket closes, whatever code owns the socket. An `IntrusiveSet` and one
 * shared callback avoid a closure for each socket.
 *
 * @throws `ERR_ECHO_OPTION` for a limit under 1.
 */
export class ConnectionLimits {
  #maxConnections = Infinity;
  #maxPerSource = Infinity;
  readonly #servers = new Set<Server>();
  readonly #open = new IntrusiveSet<Socket>('counted');
  /** The source of each open socket; empty without a limit per source. */
  #sources = new WeakMap<Socket, string>();
  readonly #bySource = new Map<string, number>();
  /** One function for all sockets. */
  readonly #onClose: (this: Socket) => void;

  constructor(options: ConnectionLimitsOptions = {}) {
    const forget = (socket: Socket): void => this.#forget(socket);
    this.#onClose = function () {
      forget(this);
    };
    this.replace(options);
  }

  /** Replaces the limits for new connections; open connections stay. */
  replace({ maxConnections = Infinity, maxConnectionsPerSource = Infinity }: ConnectionLimitsOptions): void {
    assertInRange('maxConnections', maxConnections, 1, Infinity);
    assertInRange('maxConnectionsPerSource', maxConnectionsPerSource, 1, Infinity);
    this.#maxConnections = maxConnections;
    this.#maxPerSource = maxConnectionsPerSource;
    this.#bySource.clear();
    this.#sources = new WeakMap();
    for (const socket of this.#open) this.#count(socket, this.#sourceOf(socket));
    this.#settle();
  }

  /** Refuses connections to `server` above `maxConnections`, and reports each refusal. */
  guard(server: Server, onRefused: (refused: RefusedConnection) => void): void {
    this.#servers.add(server);
    server
      .on('drop', (dropped) => {
        // A client that has already left has no address.
        const { remoteAddress: host = 'unknown', remotePort: port = 0 } = dropped ?? {};
        onRefused({ remote: { host: stripV4Mapped(host), port }, reason: 'max-connections' });
      })
      .on('close', () => this.#servers.delete(server));
    this.#settle();
  }

  /**
   * Counts an accepted connection. @returns `false` if its source has too many; the connection must then be refused.
   */
  admits(socket: Socket): boolean {
    const source = this.#sourceOf(socket);
    if (source !== undefined && (this.#bySource.get(source) ?? 0) >= this.#maxPerSource) return false;
    this.#open.add(socket);
    this.#count(socket, source);
    socket.on('close', this.#onClose);
    this.#settle();
    return true;
  }

  /** Returns `undefined` without a limit per source. */
  #sourceOf(socket: Socket): string | undefined {
    return this.#maxPerSource === Infinity ? undefined : sourceNetwork(remoteEndpoint(socket).host);
  }

  #count(socket: Socket, source: string | undefined): void {
    if (source === undefined) return;
    this.#sources.set(socket, source);
    this.#bySource.set(source, (this.#bySource.get(source) ?? 0) + 1);
  }

  #forget(socket: Socket): void {
    this.#open.delete(socket);
    // A closed socket has no address, so its source was stored.
    const source = this.#sources.get(socket);
    if (source !== undefined) {
      const left = this.#bySource.get(source)! - 1;
      if (left > 0) this.#bySource.set(source, left);
      else this.#bySource.delete(source);
    }
    this.#settle();
  }

  #settle(): void {
    const limit = this.#open.size < this.#maxConnections ? Infinity : NONE;
    for (const server of this.#servers) server.maxConnections = limit;
  }
}
