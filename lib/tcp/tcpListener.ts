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

/** A listening TCP socket. Accepted connections wait until `connections$` is subscribed. */
export interface TcpListener {
  readonly transport: 'tcp';
  readonly local: Endpoint;
  /**
   * Emits each accepted connection; single use.
   *
   * Unsubscribing closes the listener, but no connection. Errors with `ERR_ECHO_LISTENER` if the listener fails.
   */
  readonly connections$: Observable<Connection>;
  /** What the kernel may buffer in front of `connections$`. */
  readonly queue: KernelQueue<Connection>;
  /** Closes the listener, and resets accepted connections that were not emitted. */
  close(): void;
}

/**
 * Binds and listens, emits the listener, and completes.
 *
 * Unsubscribing before that closes the socket. Once emitted, the listener belongs to the subscriber. Errors with
 * `ERR_ECHO_LISTEN` if the address cannot be bound.
 *
 * @param limits Limits that several listeners share, instead of those in the options. Default: made from the options.
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

/** Returns `undefined` without limits, so that nothing is counted. */
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
  /** Called with each error of the server. Stays set, because an unhandled 'error' would end the process. */
  onError: (cause: NodeJS.ErrnoException) => void = () => undefined;
  #onSocket = (socket: Socket): void => void this.#waiting.push(socket);
  readonly #waiting: Socket[] = [];

  constructor(
    private readonly options: TcpServerOptions,
    limits: ConnectionLimits | undefined,
  ) {
    this.queue = acceptQueue(options);
    // Half-open, because a client may end its side before it reads. Paused, so that nothing is read before a reader
    // subscribes.
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

  /**
   * Resets a connection whose source has too many.
   *
   * A reset leaves no state behind, and the client cannot mistake it for an empty reply.
   */
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

/**
 * Returns whether every accepted connection has this local address.
 *
 * A wildcard stands for many addresses. A zone (`%eth0`) is part of the address on some systems only.
 */
const isOneAddress = ({ host }: Endpoint): boolean => !host.includes('%') && !isWildcard(stripV4Mapped(host));
