import type { RemoteInfo, Socket } from 'node:dgram';
import type { DropReason } from '../reasons';
import { stripV4Mapped, type Endpoint } from '../endpoint';
import type { ByteBudget, BudgetAccount, ParentBudget } from '../budget';
import { byteBudget } from '../backpressure/byteBudget';
import type { DroppedDatagram, PendingSend, SendOwner } from '../peer';
import { trySend, type PendingSends, type SendCallback, type TrySend } from './native/trySend';

/** The high-water mark of pending replies: beyond it, new datagrams are dropped. */
const HIGH_WATER_MARK = 1024 * 1024;

/** The traffic of a socket. */
export interface DatagramCounts {
  readonly datagramsIn: number;
  readonly bytesIn: number;
  readonly datagramsOut: number;
  readonly bytesOut: number;
}

export const noDatagrams: DatagramCounts = { datagramsIn: 0, bytesIn: 0, datagramsOut: 0, bytesOut: 0 };

export const addCounts = (a: DatagramCounts, b: DatagramCounts): DatagramCounts => ({
  datagramsIn: a.datagramsIn + b.datagramsIn,
  bytesIn: a.bytesIn + b.bytesIn,
  datagramsOut: a.datagramsOut + b.datagramsOut,
  bytesOut: a.bytesOut + b.bytesOut,
});

/**
 * The sending side of a bound UDP socket, with an account of pending datagrams. The socket closes when it has no
 * reader, no sink and no pending reply.
 */
export class UdpSender implements PendingSends {
  datagramsOut = 0;
  bytesOut = 0;
  /** Datagrams that were sent and that the kernel has not taken. */
  readonly account: BudgetAccount;
  readonly #budget: ByteBudget;
  readonly #trySend: TrySend;
  #users = 0;
  #closed = false;
  /** The owner of the datagram that is being sent. */
  #owner: SendOwner | undefined;

  constructor(
    readonly socket: Socket,
    readonly local: Endpoint,
    private readonly onDropped: (dropped: DroppedDatagram) => void,
    private readonly sharedBudget?: ParentBudget,
    isConnected = false,
  ) {
    this.#budget = byteBudget(sharedBudget);
    this.account = this.#budget.openAccount(HIGH_WATER_MARK);
    this.#trySend = trySend(socket, isConnected);
  }

  /** Whether there is room for another reply. */
  get open(): boolean {
    return this.#budget.open && this.sharedBudget?.open !== false;
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

  drop(reason: DropReason, to: RemoteInfo, bytes: number): void {
    this.onDropped({ reason, remote: toEndpoint(to), bytes });
  }

  /** See `ReplyPath`. */
  send(data: Uint8Array, to: RemoteInfo, owner: SendOwner): boolean | undefined {
    this.#owner = owner;
    const taken = this.#trySend(data, to, this);
    if (taken === true) this.sent(data.byteLength);
    else if (taken === false) this.drop('unsendable', to, data.byteLength);
    return taken;
  }

  pending({ byteLength }: Uint8Array, to: RemoteInfo): SendCallback {
    const send = new Pending(this, byteLength, to, this.#owner!);
    return (taken) => send.done(taken);
  }

  sent(bytes: number): void {
    this.datagramsOut += 1;
    this.bytesOut += bytes;
  }
}

class Pending implements PendingSend {
  #isDone = false;

  constructor(
    private readonly sender: UdpSender,
    private readonly bytes: number,
    private readonly to: RemoteInfo,
    private readonly owner: SendOwner,
  ) {
    sender.retain();
    sender.account.charge(bytes);
    owner.onPending(this);
  }

  done(taken: boolean): void {
    this.#settle(taken ? undefined : 'unsendable');
  }

  unsubscribe(): void {
    this.#settle('aborted');
  }

  #settle(reason: DropReason | undefined): void {
    if (this.#isDone) return;
    this.#isDone = true;
    const { sender, bytes, to } = this;
    sender.account.refund(bytes);
    if (reason) sender.drop(reason, to, bytes);
    else sender.sent(bytes);
    // First of all, so that the port is free when the last reply is out.
    sender.release();
    this.owner.onSettled(this, reason === undefined);
  }
}

export const toEndpoint = ({ address, port }: RemoteInfo): Endpoint => ({ host: stripV4Mapped(address), port });
