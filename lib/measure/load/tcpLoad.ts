import { connect, type Socket } from 'node:net';
import type { LoadClient, LoadClientOptions } from './loadClient';
import type { LoadError } from './loadStats';

interface UnderWay {
  readonly seq: number;
  readonly sentMs: number;
  readonly dueMs: number | undefined;
}

/** One TCP connection of a load, which verifies every byte. */
export class TcpLoad implements LoadClient {
  #socket: Socket | undefined;
  #seq = 0;
  /** Messages that have not come back, in the order of the stream. */
  readonly #underWay: UnderWay[] = [];
  /** The bytes of the first of them that came back. */
  #returned = 0;
  #isClosed = false;

  constructor(private readonly options: LoadClientOptions) {}

  open(): Promise<void> {
    const { target, stats } = this.options;
    return new Promise((resolve, reject) => {
      const socket = connect({ ...target, noDelay: true });
      this.#socket = socket;
      let isConnected = false;
      socket
        .on('connect', () => {
          isConnected = true;
          stats.connections += 1;
          resolve();
        })
        .on('data', (data) => this.#onData(data))
        .on('error', (error) => {
          if (!isConnected) reject(error);
        })
        .on('close', () => isConnected && socket === this.#socket && this.#onClose());
    });
  }

  send(dueMs?: number): void {
    const { messages, scheduler, stats } = this.options;
    const seq = this.#seq;
    this.#seq += 1;
    const sentMs = scheduler.now();
    this.#underWay.push({ seq, sentMs, dueMs });
    if (dueMs !== undefined) stats.lateness.add(sentMs - dueMs);
    this.#socket?.write(messages.of(seq));
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
  }

  #onData(data: Buffer): void {
    const { messages, stats, scheduler, onDone, reconnect } = this.options;
    const nowMs = scheduler.now();
    let start = 0;
    while (start < data.length && !this.#isClosed) {
      const [first] = this.#underWay;
      const length = Math.min(messages.size - this.#returned, data.length - start);
      if (first === undefined || !messages.matches(first.seq, this.#returned, data, start, length)) {
        // A stream that is wrong at one place is wrong behind it.
        return void this.#reopen(this.#loseAll('corrupt'));
      }
      start += length;
      this.#returned += length;
      if (this.#returned < messages.size) return;
      this.#returned = 0;
      this.#underWay.shift();
      const { sentMs, dueMs } = first;
      stats.succeed(messages.size, nowMs - sentMs, dueMs === undefined ? undefined : nowMs - dueMs);
      if (reconnect) return void this.#reopen(1);
      onDone(this);
    }
  }

  #onClose(): void {
    if (this.#isClosed) return;
    void this.#reopen(this.#loseAll('reset'));
  }

  /** Returns how many messages are lost. */
  #loseAll(kind: LoadError): number {
    const lost = this.#underWay.length;
    this.options.stats.fail(kind, Math.max(lost, 1));
    this.#underWay.length = 0;
    return lost;
  }

  /** Connects again; then so many messages are done. */
  async #reopen(done: number): Promise<void> {
    const old = this.#socket;
    this.#socket = undefined;
    this.#returned = 0;
    old?.destroy();
    if (this.#isClosed) return;
    try {
      await this.open();
      for (let each = 0; each < done && !this.#isClosed; each += 1) this.options.onDone(this);
    } catch {
      this.options.stats.fail('connect');
      // A target that refuses is asked again, but not as fast as it refuses.
      this.options.scheduler.schedule(() => void this.#reopen(done), 100);
    }
  }
}
