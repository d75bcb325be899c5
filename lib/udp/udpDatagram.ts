import type { RemoteInfo } from 'node:dgram';
import { Observable, type Subscriber } from 'rxjs';
import type { DropReason } from '../reasons';
import type { Endpoint } from '../endpoint';
import type { PendingSend, ReplyPath, SendOwner, ServedDatagram } from '../peer';
import { toEndpoint, type UdpSender } from './udpSender';

/** A datagram from the socket, with its way back. */
export class UdpDatagram implements ServedDatagram {
  #remote: Endpoint | undefined;

  constructor(
    readonly data: Buffer,
    private readonly from: RemoteInfo,
    private readonly sender: UdpSender,
  ) {}

  get local(): Endpoint {
    return this.sender.local;
  }

  get remote(): Endpoint {
    return (this.#remote ??= toEndpoint(this.from));
  }

  reply(data: Uint8Array): Observable<number> {
    return new Observable((subscriber) => {
      const reply = new Reply(subscriber, data.byteLength);
      const taken = this.trySend(data, reply);
      if (taken !== undefined) reply.onSettled(undefined, taken);
      return reply.unsubscribe;
    });
  }

  trySend(data: Uint8Array, owner: SendOwner): boolean | undefined {
    return this.sender.send(data, this.from, owner);
  }

  get full(): boolean {
    return this.sender.account.full;
  }

  drop(reason: DropReason, bytes: number): void {
    this.sender.drop(reason, this.from, bytes);
  }

  retain(): void {
    this.sender.retain();
  }

  release(): void {
    this.sender.release();
  }

  get replyPath(): ReplyPath {
    return new UdpReplyPath(this.sender, this.from);
  }
}

/** The destination, and the socket to send through. */
export class UdpReplyPath implements ReplyPath {
  constructor(
    private readonly sender: UdpSender,
    private readonly to: RemoteInfo,
  ) {}

  trySend(data: Uint8Array, owner: SendOwner): boolean | undefined {
    return this.sender.send(data, this.to, owner);
  }

  get full(): boolean {
    return this.sender.account.full;
  }

  drop(reason: DropReason, bytes: number): void {
    this.sender.drop(reason, this.to, bytes);
  }

  retain(): void {
    this.sender.retain();
  }

  release(): void {
    this.sender.release();
  }
}

/** One reply as an Observable. */
class Reply implements SendOwner {
  #pending: PendingSend | undefined;

  constructor(
    private readonly subscriber: Subscriber<number>,
    private readonly bytes: number,
  ) {}

  onPending(send: PendingSend): void {
    this.#pending = send;
  }

  onSettled(_: unknown, taken: boolean): void {
    if (taken) this.subscriber.next(this.bytes);
    this.subscriber.complete();
  }

  readonly unsubscribe = (): void => this.#pending?.unsubscribe();
}
