import { connect, type Socket } from 'node:net';
import type { LoadClient, LoadClientOptions } from './loadClient';

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
    const { messages, scheduler } = this.options;
    const seq = this.#seq;
    this.#seq += 1;
    this.#underWay.push({ seq, sentMs: scheduler.now(), dueMs });
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
        stats.fail('corrupt', Math.max(this.#underWay.length, 1));
        this.#underWay.length = 0;
        return void this.#reopen();
      }
      start += length;
      this.#returned += length;
      if (this.#returned < messages.size) return;
      this.#returned = 0;
      this.#underWay.shift();
      const { sentMs, dueMs } = first;
      stats.succeed(messages.size, nowMs - sentMs, dueMs === undefined ? undefined : nowMs - dueMs);
      if (reconnect) return void this.#reopen();
      onDone(this);
    }
  }

  #onClose(): void {
    if (this.#isClosed) return;
    this.options.stats.fail('reset', Math.max(this.#underWay.length, 1));
    this.#underWay.length = 0;
    void this.#reopen();
  }

  async #reopen(): Promise<void> {
    const old = this.#socket;
    this.#socket = undefined;
    this.#returned = 0;
    old?.destroy();
    if (this.#isClosed) return;
    try {
      await this.open();
      if (!this.#isClosed) this.options.onDone(this);
    } catch {
      this.options.stats.fail('connect');
      // A target that refuses is asked again, but not as fast as it refuses.
      this.options.scheduler.schedule(() => void this.#reopen(), 100);
    }
  }
}
