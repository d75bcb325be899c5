import type { RemoteInfo } from 'node:dgram';
import { Observable, type Subscriber, type Unsubscribable } from 'rxjs';
import type { Endpoint } from '../endpoint';
import type { AnswerHearer, Datagram, ReplyPath } from '../peer';
import { remoteOf, type UdpWire } from './udpWire';

/** A datagram as it came from the socket, with its way back. */
export class ReceivedDatagram implements Datagram {
  constructor(
    readonly data: Buffer,
    private readonly from: RemoteInfo,
    private readonly wire: UdpWire,
  ) {}

  get local(): Endpoint {
    return this.wire.local;
  }

  get remote(): Endpoint {
    return remoteOf(this.from);
  }

  reply(data: Uint8Array): Observable<number> {
    return new Observable((subscriber) => this.answer(data, new Told(subscriber)));
  }

  answer(data: Uint8Array, hearer: AnswerHearer): Unsubscribable {
    return this.wire.send(data, this.from, hearer);
  }

  send(source: Observable<Uint8Array>): Observable<number> {
    return this.wire.sendAll(source, this.from);
  }

  get replyPath(): ReplyPath {
    const { wire, from } = this;
    return { send: (source) => wire.sendAll(source, from) };
  }
}

class Told implements AnswerHearer {
  constructor(private readonly subscriber: Subscriber<number>) {}

  settled(bytes: number | undefined): void {
    if (bytes !== undefined) this.subscriber.next(bytes);
    this.subscriber.complete();
  }
}
