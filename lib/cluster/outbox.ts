import type { Worker } from 'node:cluster';
import type { WorkerMessage } from './messages';

/** A worker's words to the primary: all of one turn of the event loop in one message, which is what costs. */
export class Outbox {
  readonly #waiting: WorkerMessage[] = [];

  constructor(private readonly worker: Worker) {}

  send(message: WorkerMessage): void {
    if (this.#waiting.push(message) === 1) setImmediate(() => void this.#flush());
  }

  /** Sends what waits, and leaves the primary. */
  async close(): Promise<void> {
    await this.#flush();
    this.worker.disconnect();
  }

  /** Resolves when the kernel has taken it, or nobody is there any more. */
  #flush(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.length === 0) resolve();
      else this.worker.send(this.#waiting.splice(0), () => resolve());
    });
  }
}
