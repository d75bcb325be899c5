import type { SchedulerLike } from 'rxjs';
import type { ProbeEvent } from '../../measure/probe/probeEvent';
import type { ProbeStats } from '../../measure/probe/probeStats';
import { monotonicScheduler } from '../../monotonicScheduler';

/** The time between two redraws, so that a person can read it. */
const REDRAW_MS = 250;
const SPARKS = '▁▂▃▄▅▆▇█';
const SPARK_COLUMNS = 30;

/** One line at the bottom of a terminal, which follows a probe; lines that are printed go above it. */
export class LiveLine {
  /** The last round trips; `undefined` for a lost probe. */
  readonly #recent: (number | undefined)[] = [];
  #drawnMs = -Infinity;
  #isShown = false;

  constructor(
    private readonly write: (text: string) => void,
    private readonly scheduler: SchedulerLike = monotonicScheduler,
  ) {}

  /** Clears the line, so that another can be printed. */
  clear(): void {
    if (this.#isShown) this.write('\r\u001b[K');
    this.#isShown = false;
  }

  draw(event: ProbeEvent, stats: ProbeStats): void {
    if (event.kind === 'verdict' && event.rttMs !== undefined) this.#push(event.rttMs);
    if (event.kind === 'overdue') this.#push(undefined);
    const nowMs = this.scheduler.now();
    if (nowMs - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = nowMs;
    this.clear();
    this.write(this.#text(stats));
    this.#isShown = true;
  }

  #push(rttMs: number | undefined): void {
    this.#recent.push(rttMs);
    if (this.#recent.length > SPARK_COLUMNS) this.#recent.shift();
  }

  #text({ sent, lost, overdue, lastMs, rtt, jitter }: ProbeStats): string {
    const missing = lost + overdue;
    const share = sent === 0 ? '0.0' : ((missing / sent) * 100).toFixed(1);
    const show = (value: number | undefined): string => (value === undefined ? '-' : value.toPrecision(3));
    const figures = `last ${show(lastMs)}  p50 ${show(rtt.at(500))}  p99 ${show(rtt.at(990))} ms  jitter ${show(jitter.value)}`;
    return `${sent} sent  ${missing} lost (${share} %)  ${figures}  ${this.#sparkline()}`;
  }

  #sparkline(): string {
    const highest = Math.max(...this.#recent.map((each) => each ?? 0), Number.MIN_VALUE);
    return this.#recent
      .map((each) => (each === undefined ? '×' : SPARKS[Math.min(Math.floor((each / highest) * SPARKS.length), 7)]))
      .join('');
  }
}
