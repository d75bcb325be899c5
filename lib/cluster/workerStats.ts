import { Subject, take, takeUntil, timer, type Observable, type SchedulerLike } from 'rxjs';
import { sumStats, type Stats } from './sumStats';

/** How long `written$` waits for a worker that does not answer. */
const PATIENCE_MS = 1000;

/** The last stats of every worker, including those that have exited. */
export class WorkerStats {
  readonly #entries = new Set<Entry>();
  readonly #written$ = new Subject<void>();

  constructor(private readonly scheduler: SchedulerLike) {}

  /** Opens an entry for one worker, when it serves. */
  open(): Entry {
    const entry = new Entry(() => this.#written$.next());
    this.#entries.add(entry);
    return entry;
  }

  /** Closes the entry: what was open is gone, and what it served stays. */
  close(entry: Entry): void {
    entry.close();
    if (!entry.stats) this.#entries.delete(entry);
  }

  /** Completes when as many stats were written as workers serve, or after a second. Subscribe, then ask the workers. */
  get written$(): Observable<void> {
    const serving = [...this.#entries].filter(({ open }) => open).length;
    return this.#written$.pipe(take(serving), takeUntil(timer(PATIENCE_MS, this.scheduler)));
  }

  get sum(): Stats {
    return sumStats([...this.#entries].flatMap(({ stats }) => stats ?? []));
  }
}

/** The last stats of one worker. */
class Entry {
  stats: Stats | undefined;
  open = true;

  constructor(private readonly onWritten: () => void) {}

  write(figures: Stats): void {
    this.stats = figures;
    this.onWritten();
  }

  close(): void {
    this.open = false;
    if (this.stats) this.stats = { ...this.stats, traffic: { ...this.stats.traffic, open: 0 } };
  }
}
