import type { RemoteInfo } from 'node:dgram';
import { Observable } from 'rxjs';
import type { Endpoint } from '../endpoint';
import type { Datagram } from '../peer';
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
    return new Observable((subscriber) =>
      this.wire.send(data, this.from, (bytes) => {
        if (bytes !== undefined) subscriber.next(bytes);
        subscriber.complete();
      }),
    );
  }

  send(source: Observable<Uint8Array>): Observable<number> {
    return this.wire.sendAll(source, this.from);
  }
}
