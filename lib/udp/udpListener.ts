import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { lookup } from 'node:dns';
import { isIP, isIPv6 } from 'node:net';
import { Observable } from 'rxjs';
import { cannotListen } from '../cannotListen';
import type { Endpoint } from '../endpoint';
import { EchoError } from '../errors';
import type { KernelQueue } from '../flow/kernelQueue';
import { onAnyAddress } from '../onAnyAddress';
import { portNumber, type UdpServerOptions } from '../options';
import type { Datagram } from '../peer';
import { ReceivedDatagram } from './receivedDatagram';
import { remoteOf, UdpWire } from './udpWire';

/** The least that a waiting datagram takes of a receive buffer, whatever its length. */
const LEAST_WEIGHT_BYTES = 256;

/** A bound UDP socket. */
export interface UdpListener {
  readonly transport: 'udp';
  readonly local: Endpoint;
  /**
   * Single use: unsubscribing stops emitting, and the socket closes when no answer is under way. Errors with
   * `ERR_ECHO_LISTENER` when the socket fails. While as many answers wait for the kernel as may, a new datagram is
   * dropped and counted.
   */
  readonly datagrams$: Observable<Datagram>;
  /** What the kernel may hold in front of `datagrams$`. */
  readonly queue: KernelQueue<Datagram>;
  /** Closes the socket, whatever is under way. */
  close(): void;
}

/**
 * Binds; emits the listener and completes. Unsubscribed before that, it closes the socket; the listener, once emitted,
 * belongs to whoever got it. Errors with `ERR_ECHO_LISTEN`.
 *
 * @throws `ERR_ECHO_OPTION` for a port out of range.
 */
export const listenUdp = (options: UdpServerOptions): Observable<UdpListener> => {
  portNumber(options.port);
  const bindTo = (host: string): Observable<UdpListener> => bindAt(host, options);
  return options.host === undefined ? onAnyAddress(bindTo) : bindTo(options.host);
};

const bindAt = (host: string, options: UdpServerOptions): Observable<UdpListener> =>
  new Observable((subscriber) => {
    const { port, ipv6Only = false } = options;
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', ipv6Only, lookup: addressOrLookup });
    let handedOn = false;
    const fail = (cause: NodeJS.ErrnoException): void =>
      subscriber.error(cannotListen('udp', { host: options.host ?? '', port }, cause));
    socket.once('error', fail).bind({ port, address: host }, () => {
      const bound = socket.address();
      const local = { host: options.host === undefined ? '' : bound.address, port: bound.port };
      handedOn = true;
      subscriber.next(new Listener(socket, local, options));
      socket.off('error', fail);
      subscriber.complete();
    });
    return () => {
      if (!handedOn) socket.close();
    };
  });

/** An address needs no lookup: the default one takes a turn through the event loop for each answer. */
const addressOrLookup: typeof lookup = ((host: string, options: object, callback: LookupCallback) => {
  const family = isIP(host);
  if (family === 0) lookup(host, options, callback);
  else callback(null, host, family);
}) as typeof lookup;

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string, family: number) => void;

class Listener implements UdpListener {
  readonly transport = 'udp';
  readonly queue: KernelQueue<Datagram>;
  readonly datagrams$: Observable<Datagram>;
  readonly #wire: UdpWire;
  /** Never unset: an 'error' that nobody listens to would end the process. */
  #onError: (cause: Error) => void = () => undefined;

  constructor(
    socket: Socket,
    readonly local: Endpoint,
    { onDropped = () => undefined, pool }: UdpServerOptions,
  ) {
    const wire = new UdpWire(socket, local, onDropped, pool);
    this.#wire = wire;
    this.queue = {
      capacity: socket.getRecvBufferSize(),
      weigh: ({ data }) => Math.max(LEAST_WEIGHT_BYTES, data.byteLength),
    };
    socket.on('error', (cause) => this.#onError(cause));
    let used = false;
    this.datagrams$ = new Observable((subscriber) => {
      if (used) throw new EchoError('ERR_ECHO_USED', 'The `datagrams$` of a listener can be used only once');
      used = true;
      const receive = (data: Buffer, from: RemoteInfo): void => {
        // `send` to port 0 throws, and there is nobody to send to.
        if (from.port === 0) wire.drop('port 0', remoteOf(from), data.byteLength);
        else if (!wire.open) wire.drop('overlimit', remoteOf(from), data.byteLength);
        else subscriber.next(new ReceivedDatagram(data, from, wire));
      };
      this.#onError = (cause) => {
        const message = `The UDP socket failed: ${cause.message}`;
        subscriber.error(new EchoError('ERR_ECHO_LISTENER', message, { cause }));
      };
      wire.retain();
      socket.on('message', receive);
      return () => {
        socket.off('message', receive);
        wire.release();
      };
    });
  }

  close(): void {
    this.#wire.close();
  }
}
