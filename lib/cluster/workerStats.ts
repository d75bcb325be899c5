import { Subject, take, takeUntil, timer, type Observable, type SchedulerLike } from 'rxjs';
import { sumStats, type Stats } from './sumStats';

/** How long the sum waits for a worker that says nothing. */
const PATIENCE_MS = 1000;

/** The last figures of every worker, also of those that have ended. */
export class WorkerStats {
  readonly #entries = new Set<Entry>();
  readonly #written$ = new Subject<void>();

  constructor(private readonly scheduler: SchedulerLike) {}

  /** A page for one worker's life, from when it serves. */
  open(): Entry {
    const page = new Entry(() => this.#written$.next());
    this.#entries.add(page);
    return page;
  }

  /** Its worker has ended, and with it whatever was open; what it served stays. */
  close(page: Entry): void {
    page.close();
    if (!page.stats) this.#entries.delete(page);
  }

  /** Completes when every worker that serves has written, after it was asked; or a second later. */
  get written$(): Observable<void> {
    const serving = [...this.#entries].filter(({ open }) => open).length;
    return this.#written$.pipe(take(serving), takeUntil(timer(PATIENCE_MS, this.scheduler)));
  }

  get sum(): Stats {
    return sumStats([...this.#entries].flatMap(({ stats }) => stats ?? []));
  }
}

/** What one worker said last. */
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
