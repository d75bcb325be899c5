import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Observable } from 'rxjs';
import { assertKeys } from '../assertKeys';
import { listenError } from '../net/listenError';
import { isWildcard, stripV4Mapped, type Endpoint } from '../endpoint';
import { EchoError } from '../errors';
import type { KernelQueue } from '../budget';
import { bindDualStack } from '../net/bindDualStack';
import { defaults, assertInRange, assertPort, tcpServerKeys, type TcpServerOptions } from '../options';
import type { Connection } from '../peer';
import { acceptQueue } from './queues/acceptQueue';
import { ConnectionLimits } from './connectionLimits';
import { remoteEndpoint } from './native/remoteEndpoint';
import { tcpConnection } from './tcpConnection';

/** A bound TCP socket. What it accepts waits until `connections$` is subscribed. */
export interface TcpListener {
  readonly transport: 'tcp';
  readonly local: Endpoint;
  /**
   * Single use: unsubscribing closes the listener, never a connection. Errors with `ERR_ECHO_LISTENER` when the
   * listener fails.
   */
  readonly connections$: Observable<Connection>;
  /** What the kernel may hold in front of `connections$`. */
  readonly queue: KernelQueue<Connection>;
  /** Closes the listener, and resets what it accepted and nobody was given. */
  close(): void;
}

/**
 * Binds and listens; emits the listener and completes. Unsubscribed before that, it closes the socket; the listener,
 * once emitted, belongs to whoever got it. Errors with `ERR_ECHO_LISTEN`.
 *
 * @param limits Those of several listeners together, in place of the options. Default: made from the options.
 * @throws `ERR_ECHO_OPTION` for an option out of its range.
 */
export const listenTcp = (
  options: TcpServerOptions,
  limits: ConnectionLimits | undefined = limitsOf(options),
): Observable<TcpListener> => {
  assertKeys('A TCP server', options, tcpServerKeys);
  assertPort(options.port);
  assertInRange('backlog', options.backlog ?? defaults.backlog, 1);
  assertInRange('lingerMs', options.lingerMs ?? defaults.lingerMs, 0);
  const listenOn = (host: string): Observable<TcpListener> => listenAt(host, options, limits);
  return options.host === undefined ? bindDualStack(listenOn) : listenOn(options.host);
};

/** Nothing is counted where nothing is limited. */
const limitsOf = (options: TcpServerOptions): ConnectionLimits | undefined =>
  options.maxConnections === undefined && options.maxConnectionsPerSource === undefined
    ? undefined
    : new ConnectionLimits(options);

const listenAt = (
  host: string,
  options: TcpServerOptions,
  limits: ConnectionLimits | undefined,
): Observable<TcpListener> =>
  new Observable((subscriber) => {
    const { port, backlog = defaults.backlog, ipv6Only = false } = options;
    const listener = new Listener(options, limits);
    listener.onError = (cause) => subscriber.error(listenError('tcp', { host: options.host ?? '', port }, cause));
    listener.server.listen({ host, port, backlog, ipv6Only }, () => {
      const { address, port: bound } = listener.server.address() as AddressInfo;
      listener.local = { host: options.host === undefined ? '' : address, port: bound };
      listener.emitted = true;
      subscriber.next(listener);
      subscriber.complete();
    });
    return () => {
      if (!listener.emitted) listener.close();
    };
  });

class Listener implements TcpListener {
  readonly transport = 'tcp';
  readonly queue: KernelQueue<Connection>;
  readonly server: Server;
  local: Endpoint = { host: '', port: 0 };
  emitted = false;
  /** Never unset: an 'error' that nobody listens to would end the process. */
  onError: (cause: NodeJS.ErrnoException) => void = () => undefined;
  #onSocket = (socket: Socket): void => void this.#waiting.push(socket);
  readonly #waiting: Socket[] = [];

  constructor(
    private readonly options: TcpServerOptions,
    limits: ConnectionLimits | undefined,
  ) {
    this.queue = acceptQueue(options);
    // Half-open: a client may end its side and only then read. Paused: nothing is read before somebody asks for it.
    this.server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true })
      .on('connection', (socket) => {
        if (!limits || limits.admits(socket)) this.#onSocket(socket);
        else this.#refuse(socket);
      })
      .on('error', (cause) => this.onError(cause));
    limits?.guard(this.server, options.onRefused ?? (() => undefined));
  }

  readonly connections$ = new Observable<Connection>((subscriber) => {
    let accepted = 0;
    this.onError = (cause) => {
      const message = `The TCP listener failed: ${cause.message}`;
      subscriber.error(new EchoError('ERR_ECHO_LISTENER', message, { cause }));
    };
    const options = { ...this.options, local: isOneAddress(this.local) ? this.local : undefined };
    this.#onSocket = (socket) => subscriber.next(tcpConnection(socket, (accepted += 1), options));
    this.#waiting.splice(0).forEach(this.#onSocket);
    return () => this.close();
  });

  /** With a reset: nothing of it stays behind, and the client cannot take it for a server with nothing to say. */
  #refuse(socket: Socket): void {
    const remote = remoteEndpoint(socket);
    socket.on('error', () => undefined).resetAndDestroy();
    this.options.onRefused?.({ remote, reason: 'max-connections-per-source' });
  }

  close(): void {
    this.server.close();
    for (const socket of this.#waiting.splice(0)) socket.resetAndDestroy();
  }
}

/** Whether all that a listener accepts was sent to its very address; a zone is written by some systems, and not by others. */
const isOneAddress = ({ host }: Endpoint): boolean => !host.includes('%') && !isWildcard(stripV4Mapped(host));
