import type { Server, Socket } from 'node:net';
import { stripV4Mapped } from '../endpoint';
import { assertInRange, type TcpServerOptions } from '../options';
import type { RefusedConnection } from '../peer';
import { IntrusiveSet } from '../streams/intrusiveSet';
import { remoteEndpoint } from './native/remoteEndpoint';
import { sourceNetwork } from './sourceNetwork';

export type ConnectionLimitsOptions = Pick<TcpServerOptions, 'maxConnections' | 'maxConnectionsPerSource'>;

/** Node drops what would be more than `server.maxConnections`. Below 0, since Node 20 takes 0 for no limit. */
const NONE = -1;

/**
 * How many connections all listeners of a server may have together. Beyond the limit it is Node that closes what comes,
 * before there is a socket: a limit that costs as much as what it keeps out would not be one.
 *
 * Counted from the accept to the socket's end, whoever has the connection: a place in a roster and no closure for each.
 *
 * @throws `ERR_ECHO_OPTION` for a limit under 1.
 */
export class ConnectionLimits {
  #maxConnections = Infinity;
  #maxPerSource = Infinity;
  readonly #servers = new Set<Server>();
  readonly #open = new IntrusiveSet<Socket>('counted');
  /** Of every open socket, while sources are counted. */
  #sources = new WeakMap<Socket, string>();
  readonly #bySource = new Map<string, number>();
  /** One for all sockets. */
  readonly #onClose: (this: Socket) => void;

  constructor(options: ConnectionLimitsOptions = {}) {
    const forget = (socket: Socket): void => this.#forget(socket);
    this.#onClose = function () {
      forget(this);
    };
    this.replace(options);
  }

  /** From the next connection on; what is open stays. */
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

  /** Has a server refuse what is too many, and tell of it. */
  guard(server: Server, onRefused: (refused: RefusedConnection) => void): void {
    this.#servers.add(server);
    server
      .on('drop', (dropped) => {
        // A client that is gone again has no address any more.
        const { remoteAddress: host = 'unknown', remotePort: port = 0 } = dropped ?? {};
        onRefused({ remote: { host: stripV4Mapped(host), port }, reason: 'max-connections' });
      })
      .on('close', () => this.#servers.delete(server));
    this.#settle();
  }

  /** Counts a connection that was accepted. @returns Whether it may stay: its source may have too many. */
  admits(socket: Socket): boolean {
    const source = this.#sourceOf(socket);
    if (source !== undefined && (this.#bySource.get(source) ?? 0) >= this.#maxPerSource) return false;
    this.#open.add(socket);
    this.#count(socket, source);
    socket.on('close', this.#onClose);
    this.#settle();
    return true;
  }

  /** Undefined while sources are not counted. */
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
    // It has no address any more.
    const source = this.#sources.get(socket);
    if (source !== undefined) {
      const left = this.#bySource.get(source)! - 1;
      if (left > 0) this.#bySource.set(source, left);
      else this.#bySource.delete(source);
    }
    this.#settle();
  }

  #settle(): void {
    const most = this.#open.size < this.#maxConnections ? Infinity : NONE;
    for (const server of this.#servers) server.maxConnections = most;
  }
}
