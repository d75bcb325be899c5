import type { ParentBudget } from '../budget';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { lookup } from 'node:dns';
import { isIPv6 } from 'node:net';
import { Observable, timer, type SchedulerLike } from 'rxjs';
import { assertKeys, type Keys } from '../assertKeys';
import { formatEndpoint, type Endpoint } from '../endpoint';
import { EchoError } from '../errors';
import { byteBudget } from '../backpressure/byteBudget';
import { defaults, assertInRange, assertPort } from '../options';
import type { DroppedDatagram, Flow } from '../peer';
import { askReceiveBuffer } from './askReceiveBuffer';
import { UdpFlow, type FlowOwner } from './flows/udpFlow';
import { UdpReplyPath } from './udpDatagram';
import { UdpSender } from './udpSender';

export interface UdpClientOptions {
  /**
   * Limits how long answers are awaited after everything is sent, if nothing reads, in milliseconds. Minimum: `0`.
   * Default: `1000`.
   */
  readonly lingerMs?: number;
  /** Sets the receive buffer to request, in bytes. Minimum: `1`. Default: 4 MiB. */
  readonly receiveBufferBytes?: number;
  /** Also charges what is buffered to this budget, and drops datagrams while it is closed. Default: none. */
  readonly sharedBudget?: ParentBudget;
  /** Sets the clock and the timer. Default: real time. */
  readonly scheduler?: SchedulerLike;
  /** Called for each dropped datagram, received or sent. Default: nothing is called. */
  readonly onDropped?: (dropped: DroppedDatagram) => void;
}

const udpClientKeys: Keys<UdpClientOptions> = {
  lingerMs: true,
  receiveBufferBytes: true,
  sharedBudget: true,
  scheduler: true,
  onDropped: true,
};

/**
 * Opens a UDP socket when subscribed, emits the flow to the server, and completes.
 *
 * The socket is connected: it does not receive datagrams from other addresses, and a port that refuses (ICMP) ends the
 * flow with `ERR_ECHO_CONNECTION`. `bytes$` continues after `writes` has completed, because answers follow the last
 * question; `end` completes it. The socket closes when everything is sent and the reader has left, or when nothing has
 * read for `lingerMs`.
 *
 * Errors with `ERR_ECHO_CONNECTION` when the name cannot be resolved, or there is no route.
 *
 * @throws `ERR_ECHO_OPTION` for an invalid option.
 * @example
 * const echo = await firstValueFrom(udpClient({ host: '127.0.0.1', port: 7007 }));
 * of(Buffer.from('hello')).pipe(echo.writes()).subscribe();
 * assert.equal((await firstValueFrom(echo.bytes$)).toString(), 'hello');
 *
 */
export const udpClient = ({ host, port, ...options }: Endpoint & UdpClientOptions): Observable<Flow> => {
  assertKeys('udpClient', options, udpClientKeys);
  assertPort(port);
  assertInRange('lingerMs', options.lingerMs ?? defaults.lingerMs, 0);
  assertInRange('receiveBufferBytes', options.receiveBufferBytes ?? defaults.receiveBufferBytes, 1);
  return new Observable((subscriber) => {
    const fail = (cause: Error | null): void => {
      const message = `Cannot send to ${formatEndpoint({ host, port })}: ${cause?.message}`;
      subscriber.error(new EchoError('ERR_ECHO_CONNECTION', message, { cause, remote: { host, port } }));
    };
    lookup(host, (error, address) => {
      if (subscriber.closed) return;
      if (error) return fail(error);
      const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
      let isHandedOn = false;
      subscriber.add(() => isHandedOn || socket.close());
      socket.once('error', fail).connect(port, address, (reason?: Error) => {
        if (reason || subscriber.closed) return reason && fail(reason);
        isHandedOn = true;
        socket.off('error', fail);
        askReceiveBuffer(socket, options.receiveBufferBytes ?? defaults.receiveBufferBytes);
        subscriber.next(clientFlow(socket, options));
        subscriber.complete();
      });
    });
  });
};

const clientFlow = (socket: Socket, options: UdpClientOptions): Flow => {
  const { sharedBudget, onDropped = () => undefined } = options;
  const [local, to] = [socket.address(), socket.remoteAddress() as RemoteInfo];
  const sender = new UdpSender(socket, { host: local.address, port: local.port }, onDropped, sharedBudget, true);
  const flow = new ClientFlow(socket, sender, to, options);
  socket
    .on('message', (data) => flow.receive(data))
    .on('error', (cause: NodeJS.ErrnoException) => {
      const message = `The datagrams to ${formatEndpoint(flow.remote)} were rejected: ${cause.message}`;
      flow.abort(new EchoError('ERR_ECHO_CONNECTION', message, { cause, remote: flow.remote }));
    })
    .unref();
  return flow;
};

/** The flow of a client, which outlives its sink and owns its socket. */
class ClientFlow extends UdpFlow {
  readonly #held;

  constructor(
    private readonly socket: Socket,
    sender: UdpSender,
    to: RemoteInfo,
    private readonly options: UdpClientOptions,
  ) {
    const { sharedBudget, scheduler = defaults.scheduler, lingerMs = defaults.lingerMs, onDropped } = options;
    const held = byteBudget(sharedBudget);
    const owner: FlowOwner = {
      nowMs: () => scheduler.now(),
      remove: () => sender.release(),
      dropped: ({ remote }, { byteLength: bytes }) => onDropped?.({ reason: 'flow ended', remote, bytes }),
      endLater: (flow) => timer(lingerMs, scheduler).subscribe(() => flow.end()),
    };
    const remote = { host: to.address, port: to.port };
    super(1, { local: sender.local, remote, replyPath: new UdpReplyPath(sender, to) }, held.openAccount(), owner);
    this.#held = held;
    sender.retain();
  }

  receive(data: Buffer): void {
    if (this.#held.open && this.options.sharedBudget?.open !== false) this.push(data);
    else this.options.onDropped?.({ reason: 'overlimit', remote: this.remote, bytes: data.byteLength });
  }

  override end(): void {
    super.end();
    if (this.flushed) this.settle('gone');
  }

  /** The socket belongs to the flow, so an error of the socket ends it. */
  override sendingFailed(): void {
    this.settle('gone');
  }

  override sendingCompleted(): void {
    this.flushed = true;
    if (this.hasReader) return;
    if (this.isRead || this.peerClosed) this.settle('gone');
    else this.endAfterFin();
  }

  protected override readingStarted(): void {
    this.socket.ref();
  }

  protected override readingStopped(): void {
    this.socket.unref();
    if (this.flushed) this.settle('gone');
  }
}
