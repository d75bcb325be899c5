import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { lookup } from 'node:dns';
import { isIPv6 } from 'node:net';
import { defer, Observable } from 'rxjs';
import { assertKeys } from '../assertKeys';
import { listenError } from '../net/listenError';
import type { Endpoint } from '../endpoint';
import { EchoError } from '../errors';
import type { KernelQueue } from '../budget';
import { bindDualStack } from '../net/bindDualStack';
import { checkUdpOptions, defaults, assertPort, udpServerKeys, type UdpServerOptions } from '../options';
import type { Datagram } from '../peer';
import { askReceiveBuffer } from './askReceiveBuffer';
import { listenPerAddress } from './listenPerAddress';
import { datagramFilter, sourceRates, type SourceRates } from './filter/datagramFilter';
import { broadcasts, canListInterfaces } from './localAddresses';
import { UdpDatagram } from './udpDatagram';
import type { UdpListener } from './udpListener';
import { UdpSender, type DatagramCounts } from './udpSender';

/** The minimum that a waiting datagram takes of a receive buffer, whatever its length. */
const LEAST_WEIGHT_BYTES = 256;

/**
 * Errors that ICMP reports about one peer, which are not failures of the socket. Node reports them only for connected
 * sockets; Bun does for all.
 */
const PEER_ERRORS: readonly string[] = ['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH'];

/**
 * Binds a UDP socket, emits the listener and completes. Unsubscribing before that closes the socket; an emitted
 * listener belongs to its subscriber. Errors with `ERR_ECHO_LISTEN`.
 *
 * @throws `ERR_ECHO_OPTION` for an invalid option.
 */
export const listenUdp = (options: UdpServerOptions): Observable<UdpListener> => {
  assertKeys('A UDP server', options, udpServerKeys);
  assertPort(options.port);
  checkUdpOptions(options);
  const { host, port, wildcard = defaults.wildcard } = options;
  if (host !== undefined) return bindAt(host, options, sourceRates(options));
  const { interfaces = defaults.interfaces, scheduler = defaults.scheduler, onLog = () => undefined } = options;
  return defer(() => {
    if (wildcard || !canListInterfaces(interfaces))
      return bindDualStack((any) => bindAt(any, options, sourceRates(options)));
    // One table of sources for all addresses, so that a source which asks two of them has one rate.
    const rates = sourceRates(options);
    const bind = (each: string, at: number) => bindAt(each, { ...options, host: each, port: at }, rates);
    return listenPerAddress({ port, bind, interfaces, scheduler, onLog });
  });
};

const bindAt = (host: string, options: UdpServerOptions, rates: SourceRates): Observable<UdpListener> =>
  new Observable((subscriber) => {
    const { port, ipv6Only = false } = options;
    let handedOn = false;
    const socket = createSocket({
      type: isIPv6(host) ? 'udp6' : 'udp4',
      ipv6Only,
      lookup: lookupUntil(() => handedOn),
    });
    const fail = (cause: NodeJS.ErrnoException): void =>
      subscriber.error(listenError('udp', { host: options.host ?? '', port }, cause));
    // Exclusive, because workers that share a socket reorder the datagrams of a peer (023).
    socket.once('error', fail).bind({ port, address: host, exclusive: true }, () => {
      askReceiveBuffer(socket, options.receiveBufferBytes ?? defaults.receiveBufferBytes);
      const bound = socket.address();
      const local = { host: options.host === undefined ? '' : bound.address, port: bound.port };
      handedOn = true;
      subscriber.next(new Listener(socket, local, options, rates));
      socket.off('error', fail);
      subscriber.complete();
    });
    return () => {
      if (!handedOn) socket.close();
    };
  });

/** The addresses of datagrams need no lookup; Node's default lookup takes a turn of the event loop for each reply. */
const lookupUntil = (isBound: () => boolean): typeof lookup =>
  ((host: string, family: number, callback: LookupCallback) => {
    if (isBound()) callback(null, host, family);
    else lookup(host, family, callback);
  }) as typeof lookup;

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string, family: number) => void;

class Listener implements UdpListener {
  readonly transport = 'udp';
  readonly queue: KernelQueue<Datagram>;
  readonly datagrams$: Observable<Datagram>;
  readonly sockets: readonly Endpoint[];
  readonly #sender: UdpSender;
  #datagramsIn = 0;
  #bytesIn = 0;
  /** Never removed: an 'error' without a listener would end the process. */
  #onError: (cause: Error) => void = () => undefined;

  constructor(
    socket: Socket,
    readonly local: Endpoint,
    options: UdpServerOptions,
    rates: SourceRates,
  ) {
    const { onDropped = () => undefined, interfaces = defaults.interfaces, sharedBudget } = options;
    const { address: localHost, port: localPort } = socket.address();
    const filter = datagramFilter({ localHost, broadcasts: broadcasts(interfaces) }, rates);
    const sender = new UdpSender(socket, local, onDropped, sharedBudget);
    this.#sender = sender;
    this.sockets = [{ host: localHost, port: localPort }];
    this.queue = {
      capacity: socket.getRecvBufferSize(),
      sizeOf: ({ data }) => Math.max(LEAST_WEIGHT_BYTES, data.byteLength),
    };
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      if (!PEER_ERRORS.includes(cause.code ?? '')) this.#onError(cause);
    });
    let used = false;
    this.datagrams$ = new Observable((subscriber) => {
      if (used) throw new EchoError('ERR_ECHO_USED', 'The `datagrams$` of a listener can be used only once');
      used = true;
      const receive = (data: Buffer, from: RemoteInfo): void => {
        this.#datagramsIn += 1;
        this.#bytesIn += data.byteLength;
        const reason = filter(from) ?? (sender.open ? undefined : 'overlimit');
        if (reason) sender.drop(reason, from, data.byteLength);
        else subscriber.next(new UdpDatagram(data, from, sender));
      };
      this.#onError = (cause) => {
        const message = `The UDP socket failed: ${cause.message}`;
        subscriber.error(new EchoError('ERR_ECHO_LISTENER', message, { cause }));
      };
      sender.retain();
      socket.on('message', receive);
      return () => {
        socket.off('message', receive);
        sender.release();
      };
    });
  }

  get counts(): DatagramCounts {
    const { datagramsOut, bytesOut } = this.#sender;
    return { datagramsIn: this.#datagramsIn, bytesIn: this.#bytesIn, datagramsOut, bytesOut };
  }

  close(): void {
    this.#sender.close();
  }
}
