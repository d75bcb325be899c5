import type { Socket } from 'node:net';
import type { Observable } from 'rxjs';
import { unmapped, type Endpoint } from '../endpoint';
import { checkSource } from '../checkSource';
import { byteBudget } from '../flow/byteBudget';
import { paced } from '../flow/paced';
import { pullable } from '../flow/pullable';
import type { KernelQueue } from '../flow/kernelQueue';
import { defaults, type ConnectionOptions } from '../options';
import type { Connection } from '../peer';
import { receiveQueue } from './receiveQueue';
import { remoteEndpoint } from './native/remoteEndpoint';
import { aborted, Wire, type Reading } from './wire';
import { wireBytes } from './wireBytes';
import { wireSink } from './wireSink';

/** How much a pull view reads ahead of whoever pulls. */
const READ_AHEAD_BYTES = 64 * 1024;

/**
 * A connected socket as a `Connection`. The socket must be paused, with `allowHalfOpen`.
 *
 * Until somebody subscribes to it, it does not keep the process alive: a connection that nobody took is nobody's.
 *
 * After our FIN an accepted connection is closed when nobody has pulled its `bytes` for `lingerMs`. One that was connected
 * from here is not: a client may take its time with what comes back.
 *
 * @param local The end on this side, where it is known: asking the system is a call for each connection. Default: asked.
 */
export const tcpConnection = (
  socket: Socket,
  id: number,
  options: ConnectionOptions = {},
  local = localOf(socket),
  isAccepted = true,
): Connection => new TcpConnection(socket, id, options, local, isAccepted);

const OWNED: Reading = {};
const LENT: Reading = { lends: true };

const localOf = ({ localAddress = '', localPort: port = 0 }: Socket): Endpoint => ({
  host: unmapped(localAddress),
  port,
});

class TcpConnection implements Connection {
  readonly transport = 'tcp';
  readonly remote: Endpoint;
  readonly receiveQueue: KernelQueue<Buffer>;
  readonly bytes$: Observable<Buffer>;
  readonly #wire: Wire;

  constructor(
    socket: Socket,
    readonly id: number,
    { lingerMs = defaults.lingerMs, scheduler = defaults.scheduler, pool, lendChunks = false }: ConnectionOptions,
    readonly local: Endpoint,
    private readonly isAccepted: boolean,
  ) {
    this.remote = remoteEndpoint(socket);
    this.#wire = new Wire(socket, this.remote, lingerMs, scheduler, pool);
    this.bytes$ = wireBytes(this.#wire, this.budget, lendChunks ? LENT : OWNED);
    this.receiveQueue = receiveQueue(this.#wire, scheduler);
    socket.unref();
  }

  get budget() {
    return this.#wire.budget;
  }

  get bytesIn() {
    return this.#wire.bytesIn;
  }

  get bytesOut() {
    return this.#wire.bytesOut;
  }

  get bytesOwed() {
    return this.#wire.bytesOwed;
  }

  get framesOwed() {
    return this.#wire.framesOwed;
  }

  get peerEnded() {
    return this.#wire.peerEnded;
  }

  get flushed() {
    return this.#wire.flushed;
  }

  get unread() {
    return this.#wire.unread;
  }

  get waitsForPeer() {
    return this.#wire.waitsForPeer;
  }

  get moved() {
    return this.#wire.moved;
  }

  end(): void {
    this.#wire.endReading();
  }

  /**
   * Reads by a budget of its own, as `send` pulls by its own mark: a client or a relay sends other bytes than it reads,
   * and either direction waiting for the other would end with both waiting for ever.
   */
  get bytes(): AsyncIterable<Buffer> {
    const ahead = byteBudget(this.#wire.readAhead, this.#wire);
    // A handler that has answered and ended may have left its iterator where it was.
    const reading = this.isAccepted ? { goesOn: () => pulls.wasPulled() } : OWNED;
    const pulls = pullable(wireBytes(this.#wire, ahead, reading), () => ahead.holder(READ_AHEAD_BYTES));
    return pulls;
  }

  send(source: Observable<Uint8Array> | AsyncIterable<Uint8Array>): Observable<number> {
    checkSource(source);
    if (!(Symbol.asyncIterator in source)) return wireSink(this.#wire, source);
    const { budget, readAhead } = this.#wire;
    const pulled = paced(source, { isOpen: () => readAhead.downstreamOpen, eased$: budget.eased$ });
    return wireSink(this.#wire, pulled);
  }

  abort(error = aborted(this.remote)): void {
    this.#wire.reset(error);
  }

  finish(): void {
    this.#wire.endWriting();
  }

  cut(): void {
    this.#wire.close();
  }

  onClosed(then: () => void): void {
    this.#wire.onClosed(then);
  }
}
