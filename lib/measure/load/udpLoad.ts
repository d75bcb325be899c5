import type { RemoteInfo, Socket } from 'node:dgram';
import type { Subscription } from 'rxjs';
import { defaults } from '../../options';
import { askReceiveBuffer } from '../../udp/askReceiveBuffer';
import { trySend, type TrySend } from '../../udp/native/trySend';
import { Payload } from '../probe/payload';
import { udpSocket } from '../udpSocket';
import type { LoadClient, LoadClientOptions } from './loadClient';

interface UnderWay {
  readonly sentMs: number;
  readonly dueMs: number | undefined;
}

/** One UDP socket of a load, which verifies every byte. Datagrams of less than 8 bytes have no number: use one at a time. */
export class UdpLoad implements LoadClient {
  readonly #socket: Socket;
  readonly #payload: Payload;
  readonly #underWay = new Map<number, UnderWay>();
  readonly #to: RemoteInfo;
  #trySend: TrySend | undefined;
  #seq = 0;
  #sweep: Subscription | undefined;

  constructor(
    private readonly options: LoadClientOptions,
    run: number,
  ) {
    this.#to = { address: options.target.host, port: options.target.port, family: 'IPv4', size: 0 };
    this.#payload = new Payload(options.messages.size, run);
    this.#socket = udpSocket(options.target.host);
  }

  open(): Promise<void> {
    const { target, stats } = this.options;
    return new Promise((resolve, reject) => {
      this.#socket
        .on('message', (data) => this.#onMessage(data))
        .once('error', reject)
        .connect(target.port, target.host, () => {
          this.#socket.off('error', reject).on('error', () => this.#loseOldest());
          stats.connections += 1;
          askReceiveBuffer(this.#socket, defaults.receiveBufferBytes);
          this.#trySend = trySend(this.#socket, true);
          this.#sweepLater();
          resolve();
        });
    });
  }

  send(dueMs?: number): void {
    const seq = this.#seq;
    this.#seq += 1;
    const sentMs = this.options.scheduler.now();
    this.#underWay.set(seq, { sentMs, dueMs });
    if (dueMs !== undefined) this.options.stats.lateness.add(sentMs - dueMs);
    if (this.#trySend!(this.#payload.of(seq), this.#to, { pending: () => this.#onSent(seq) }) === false)
      this.#fail(seq);
  }

  #onSent(seq: number): (taken: boolean) => void {
    return (taken) => {
      if (!taken) this.#fail(seq);
    };
  }

  #fail(seq: number): void {
    if (!this.#underWay.delete(seq)) return;
    this.options.stats.fail('send');
    // A turn later, or a target that refuses would keep this turn for ever.
    setImmediate(() => this.options.onDone(this));
  }

  close(): void {
    this.#sweep?.unsubscribe();
    this.#underWay.clear();
    this.#socket.removeAllListeners('message').close();
  }

  #onMessage(data: Buffer): void {
    const { stats, scheduler, onDone } = this.options;
    const [oldest] = this.#underWay.keys();
    const named = this.#payload.hasHeader ? this.#payload.seqIn(data) : oldest;
    const probe = named === undefined ? undefined : this.#underWay.get(named);
    if (named === undefined || probe === undefined) return;
    this.#underWay.delete(named);
    if (data.length === this.#payload.bytes && this.#payload.matches(named, data)) {
      const nowMs = scheduler.now();
      stats.succeed(data.length, nowMs - probe.sentMs, probe.dueMs === undefined ? undefined : nowMs - probe.dueMs);
    } else stats.fail('corrupt');
    onDone(this);
  }

  /** Loses what is overdue. */
  #sweepLater(): void {
    const { timeoutMs, scheduler } = this.options;
    this.#sweep = scheduler.schedule(() => {
      const endMs = scheduler.now() - timeoutMs;
      for (const [seq, { sentMs }] of this.#underWay) {
        if (sentMs > endMs) break;
        this.#underWay.delete(seq);
        this.options.stats.fail('timeout');
        this.options.onDone(this);
      }
      this.#sweepLater();
    }, timeoutMs / 4);
  }

  #loseOldest(): void {
    if (this.#underWay.size === 0) return;
    const [seq] = this.#underWay.keys();
    this.#fail(seq!);
  }
}
