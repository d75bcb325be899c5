import type { RemoteInfo, Socket } from 'node:dgram';
import { Observable } from 'rxjs';
import { unmapped, type Endpoint } from '../endpoint';
import { notBytes } from '../notBytes';
import { byteBudget, type ByteBudget, type Holder } from '../flow/byteBudget';
import type { HeldPool } from '../flow/heldPool';
import type { DropReason } from '../dropReason';
import type { DroppedDatagram } from '../peer';

/** How many bytes of answers may wait for the kernel, before new datagrams are dropped. */
const SINK_HIGH_BYTES = 1024 * 1024;

/** A bound UDP socket, with the account of its answers: it closes when nobody reads it and no answer is under way. */
export class UdpWire {
  readonly #budget: ByteBudget;
  readonly #unsent: Holder;
  #users = 0;
  #closed = false;

  constructor(
    readonly socket: Socket,
    readonly local: Endpoint,
    private readonly onDropped: (dropped: DroppedDatagram) => void,
    private readonly pool?: HeldPool,
  ) {
    this.#budget = byteBudget(pool);
    this.#unsent = this.#budget.holder(SINK_HIGH_BYTES);
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

  /**
   * Sends one datagram and tells when the kernel has taken it, or that it never will.
   *
   * @returns What to call when nobody waits for it any more.
   */
  send(data: Uint8Array, to: RemoteInfo, onSettled: (sentBytes: number | undefined) => void): () => void {
    const bytes = data.byteLength;
    let settled = false;
    const settle = (reason?: DropReason): void => {
      if (settled) return;
      settled = true;
      this.#unsent.refund(bytes);
      if (reason) this.drop(reason, remoteOf(to), bytes);
      // Before anybody is told: when the last answer is out, the port is free.
      this.release();
      onSettled(reason ? undefined : bytes);
    };
    this.retain();
    this.#unsent.charge(bytes);
    try {
      this.socket.send(data, to.port, to.address, (error) => settle(error ? 'unsendable' : undefined));
    } catch {
      // A closed socket: Node throws where it could call back.
      queueMicrotask(() => settle('unsendable'));
    }
    return () => settle('cut');
  }

  /** `send` for each value of a source; see `Datagram.send`. */
  sendAll(source: Observable<Uint8Array>, to: RemoteInfo): Observable<number> {
    return new Observable((subscriber) => {
      const underWay = new Set<() => void>();
      let sentBytes = 0;
      let ended = false;
      this.retain();
      const fail = (error: unknown): void => {
        // What came before goes out: an error of the source cuts nothing, only unsubscribing does.
        underWay.clear();
        subscriber.error(error);
      };
      const sending = source.subscribe({
        next: (data) => {
          // A synchronous source goes on after `fail`, until its `subscribe` has returned.
          if (subscriber.closed) return;
          if (!(data instanceof Uint8Array)) return fail(notBytes(data));
          const forget = this.send(data, to, (bytes) => {
            underWay.delete(forget);
            if (bytes !== undefined) subscriber.next((sentBytes += bytes));
            if (ended && underWay.size === 0) subscriber.complete();
          });
          underWay.add(forget);
        },
        error: fail,
        complete: () => {
          ended = true;
          if (underWay.size === 0) subscriber.complete();
        },
      });
      return () => {
        sending.unsubscribe();
        underWay.forEach((forget) => forget());
        this.release();
      };
    });
  }
}

export const remoteOf = ({ address, port }: RemoteInfo): Endpoint => ({ host: unmapped(address), port });
