import type { RemoteInfo, Socket } from 'node:dgram';
import { Observable, Subscriber, type Unsubscribable } from 'rxjs';
import { unmapped, type Endpoint } from '../endpoint';
import { notBytes } from '../notBytes';
import { byteBudget, type ByteBudget, type Holder } from '../flow/byteBudget';
import type { HeldPool } from '../flow/heldPool';
import type { DropReason } from '../dropReason';
import type { AnswerHearer, DroppedDatagram } from '../peer';
import { directSend, type KernelHearer, type Send } from './directSend';

/** How many bytes of answers may wait for the kernel, before new datagrams are dropped. */
const SINK_HIGH_BYTES = 1024 * 1024;

/** A bound UDP socket, with the account of its answers: it closes when nobody reads it and no answer is under way. */
export class UdpWire {
  readonly #budget: ByteBudget;
  /** What was sent and not yet taken by the kernel. */
  readonly unsent: Holder;
  readonly sendTo: Send;
  #users = 0;
  #closed = false;

  constructor(
    readonly socket: Socket,
    readonly local: Endpoint,
    private readonly onDropped: (dropped: DroppedDatagram) => void,
    readonly onSend: (data: Uint8Array, to: RemoteInfo) => void,
    private readonly pool?: HeldPool,
  ) {
    this.#budget = byteBudget(pool);
    this.unsent = this.#budget.holder(SINK_HIGH_BYTES);
    this.sendTo = directSend(socket);
  }

  /** Whether there is room for one more answer. */
  get open(): boolean {
    return this.#budget.open && this.pool?.open !== false;
  }

  /** Keeps the socket open until `release`. */
  retain(): void {
    this.#users += 1;
  }

  release(): void {
    this.#users -= 1;
    if (this.#users === 0) this.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.socket.close();
  }

  drop(reason: DropReason, remote: Endpoint, bytes: number): void {
    this.onDropped({ reason, remote, bytes });
  }

  /** Sends one datagram, and tells when the kernel has taken it, or that it never will: perhaps before it returns. */
  send(data: Uint8Array, to: RemoteInfo, hearer: AnswerHearer): Sending {
    const sending = new Sending(this, data, to, hearer);
    sending.start();
    return sending;
  }

  /** `send` for each value of a source; see `Datagram.send`. */
  sendAll(source: Observable<Uint8Array>, to: RemoteInfo): Observable<number> {
    return new Observable((subscriber) => void source.subscribe(new Outgoing(this, to, subscriber)));
  }
}

/** What a source emits on its way to one peer. */
class Outgoing extends Subscriber<Uint8Array> implements AnswerHearer {
  /** What the kernel did not take at once; it takes them in their order. */
  readonly #underWay = new Set<Sending>();
  #sentBytes = 0;
  #ended = false;

  constructor(
    private readonly wire: UdpWire,
    private readonly to: RemoteInfo,
    private readonly out: Subscriber<number>,
  ) {
    super();
    wire.retain();
    out.add(() => {
      this.unsubscribe();
      for (const sending of this.#underWay) sending.unsubscribe();
      wire.release();
    });
  }

  settled(bytes: number | undefined): void {
    for (const sending of this.#underWay) {
      if (!sending.isSettled) break;
      this.#underWay.delete(sending);
    }
    if (bytes !== undefined) this.out.next((this.#sentBytes += bytes));
    this.#completeIfDone();
  }

  override next(data: Uint8Array): void {
    // A synchronous source goes on after an error, until its `subscribe` has returned.
    if (this.isStopped || this.out.closed) return;
    if (!(data instanceof Uint8Array)) return this._error(notBytes(data));
    const sending = new Sending(this.wire, data, this.to, this);
    sending.start();
    if (!sending.isSettled) this.#underWay.add(sending);
  }

  protected override _error(error: unknown): void {
    // What came before goes out: an error of the source cuts nothing, only unsubscribing does.
    this.#underWay.clear();
    this.out.error(error);
  }

  protected override _complete(): void {
    this.#ended = true;
    this.#completeIfDone();
  }

  #completeIfDone(): void {
    if (this.#ended && this.#underWay.size === 0) this.out.complete();
  }
}

/**
 * One datagram on its way to the kernel; unsubscribed before it is there, it is cut. An object and no closures: there is
 * one for each datagram.
 */
export class Sending implements KernelHearer, Unsubscribable {
  isSettled = false;

  constructor(
    private readonly wire: UdpWire,
    private readonly data: Uint8Array,
    private readonly to: RemoteInfo,
    private readonly hearer: AnswerHearer,
  ) {}

  start(): void {
    const { wire, data, to } = this;
    wire.retain();
    wire.unsent.charge(data.byteLength);
    wire.onSend(data, to);
    try {
      wire.sendTo(data, to, this);
    } catch {
      // A closed socket: Node throws where it could call back.
      queueMicrotask(() => this.refused());
    }
  }

  taken(): void {
    this.#settle();
  }

  refused(): void {
    this.#settle('unsendable');
  }

  unsubscribe(): void {
    this.#settle('cut');
  }

  #settle(reason?: DropReason): void {
    if (this.isSettled) return;
    this.isSettled = true;
    const { wire, to } = this;
    const bytes = this.data.byteLength;
    wire.unsent.refund(bytes);
    if (reason) wire.drop(reason, remoteOf(to), bytes);
    // Before anybody is told: when the last answer is out, the port is free.
    wire.release();
    this.hearer.settled(reason ? undefined : bytes);
  }
}

export const remoteOf = ({ address, port }: RemoteInfo): Endpoint => ({ host: unmapped(address), port });
