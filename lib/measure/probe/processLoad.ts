import { closeSync, openSync, readSync } from 'node:fs';
import { performance, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';

/** What has kept this process since it began: differences tell whether it read an answer late. */
export interface ProcessLoad {
  /** How long its event loop has waited for events. */
  readonly idleMs: number;
  /** How long it was ready to run, but another process had the CPU; 0 where the system does not tell. */
  readonly runQueueMs: number;
  /** How long it has collected garbage. */
  readonly gcMs: number;
}

/** Linux: the CPU time of this thread, its wait for a CPU, both in nanoseconds, and its time slices. */
const SCHEDSTAT = '/proc/thread-self/schedstat';

/** Reads the load of this process, until it is unsubscribed. */
export class ProcessLoadMeter {
  readonly #file: number | undefined;
  readonly #text = Buffer.alloc(80);
  readonly #observer = new PerformanceObserver((entries) => this.#addGc(entries.getEntries()));
  #gcMs = 0;

  /** @param hasRunQueue Reading the run queue takes 3 us: leave it out at short intervals. */
  constructor(hasRunQueue: boolean) {
    this.#file = hasRunQueue ? openIfAny(SCHEDSTAT) : undefined;
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  read(): ProcessLoad {
    this.#addGc(this.#observer.takeRecords());
    return { idleMs: performance.nodeTiming.idleTime, runQueueMs: this.#runQueueMs(), gcMs: this.#gcMs };
  }

  unsubscribe(): void {
    this.#observer.disconnect();
    if (this.#file !== undefined) closeSync(this.#file);
  }

  #runQueueMs(): number {
    if (this.#file === undefined) return 0;
    const bytes = readSync(this.#file, this.#text, 0, this.#text.length, 0);
    return Number(this.#text.toString('latin1', 0, bytes).split(' ', 2)[1]) / 1e6;
  }

  #addGc(entries: readonly PerformanceEntry[]): void {
    for (const { duration } of entries) this.#gcMs += duration;
  }
}

const openIfAny = (path: string): number | undefined => {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
};
