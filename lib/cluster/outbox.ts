import type { Worker } from 'node:cluster';
import type { WorkerMessage } from './messages';

/** Sends a worker's messages to the primary, those of one turn together, because each message costs. */
export class Outbox {
  readonly #waiting: WorkerMessage[] = [];

  constructor(private readonly worker: Worker) {}

  send(message: WorkerMessage): void {
    if (this.#waiting.push(message) === 1) setImmediate(() => void this.#flush());
  }

  /** Sends what waits, and disconnects from the primary. */
  async close(): Promise<void> {
    await this.#flush();
    this.worker.disconnect();
  }

  /** Resolves when the kernel has taken the message, or the primary is gone. */
  #flush(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.length === 0) resolve();
      else this.worker.send(this.#waiting.splice(0), () => resolve());
    });
  }
}
