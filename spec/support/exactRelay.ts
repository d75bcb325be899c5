import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** What a relay does with every n-th datagram of a client, counted from 1. */
export interface ExactFaults {
  readonly drop?: number;
  readonly duplicate?: number;
  /** Swaps every n-th answer with the one before it. */
  readonly swap?: number;
}

/** A UDP echo that drops, duplicates and swaps exactly, without chance; it counts each client for itself. */
export class ExactRelay implements AsyncDisposable {
  readonly #clients = new Map<number, Client>();

  private constructor(
    private readonly socket: Socket,
    faults: ExactFaults,
  ) {
    socket.on('message', (data, { address, port }) => {
      const client = this.#clients.get(port) ?? new Client(faults);
      this.#clients.set(port, client);
      client.onProbe(() => socket.send(data, port, address));
    });
  }

  static async open(faults: ExactFaults): Promise<ExactRelay> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new ExactRelay(socket, faults);
  }

  get port(): number {
    return this.socket.address().port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }
}

class Client {
  #count = 0;
  #kept: (() => void) | undefined;

  constructor(private readonly faults: ExactFaults) {}

  onProbe(send: () => void): void {
    this.#count += 1;
    const { drop, duplicate, swap } = this.faults;
    const isEvery = (n: number | undefined, ahead = 0): boolean => n !== undefined && (this.#count + ahead) % n === 0;
    if (isEvery(drop)) return;
    if (isEvery(swap, 1)) {
      this.#kept = send;
      return;
    }
    send();
    if (isEvery(duplicate)) send();
    this.#kept?.();
    this.#kept = undefined;
  }
}
