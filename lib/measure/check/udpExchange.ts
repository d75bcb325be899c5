import type { Socket } from 'node:dgram';
import { lastValueFrom, timer } from 'rxjs';
import { formatEndpoint, type Endpoint } from '../../endpoint';
import { udpSocket } from '../udpSocket';
import type { CheckContext } from './checkCase';

/** A datagram that came back. */
export interface Returned {
  readonly data: Buffer;
  readonly from: string;
}

/** A UDP socket of a case. It is not connected, so that an answer from another address is seen. */
export class UdpExchange implements AsyncDisposable {
  readonly returned: Returned[] = [];
  readonly #socket: Socket;

  constructor(
    private readonly context: CheckContext,
    private readonly target: Endpoint = context.target,
  ) {
    this.#socket = udpSocket(target.host);
    this.#socket
      .on('error', () => undefined)
      .on('message', (data, { address, port }) => {
        this.returned.push({ data, from: formatEndpoint({ host: address, port }) });
      });
  }

  /** @returns The code of the system's error, if it does not send the datagram. */
  send(data: Buffer): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#socket.send(data, this.target.port, this.target.host, (error) => {
        resolve(error ? ((error as NodeJS.ErrnoException).code ?? error.message) : undefined);
      });
    });
  }

  /** Waits until so many datagrams have come back, or for the limit of the case: a server that has answered none has less. */
  async until(count: number, limitMs = this.context.limitMs): Promise<void> {
    const { scheduler, hasSucceeded } = this.context;
    const endMs = scheduler.now() + (hasSucceeded() ? limitMs : limitMs / 3);
    while (this.returned.length < count && scheduler.now() < endMs) await lastValueFrom(timer(5, scheduler));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => this.#socket.close(resolve));
  }
}
