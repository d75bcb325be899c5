import { Observable, type MonoTypeOperatorFunction, type SchedulerLike, type Subscription } from 'rxjs';
import { monotonicScheduler } from '../monotonicScheduler';
import type { EchoEvent } from '../events';
import type { PeerStats } from '../peer';
import type { RefusalReason } from '../reasons';
import { formatCount } from '../format/formatUnits';

/** A burst is over after this long without an event of its kind. */
const QUIET_MS = 10_000;

/** `refusalWarnings` reports denied sources. */
type Kind = Exclude<RefusalReason, 'denied'> | 'overlimit' | 'paused';

/** The messages of a limit, at its first event and at the end of the burst. */
const sentences: Readonly<Record<Kind, { readonly first: string; readonly after: (times: number) => string }>> = {
  'max-connections': {
    first: 'connections are refused: the limit of open connections is reached (--max-connections)',
    after: (times) => `${formatCount(times, 'connection')} refused (--max-connections)`,
  },
  'max-connections-per-source': {
    first: 'connections are refused: one source has reached its limit (--max-connections-per-source)',
    after: (times) => `${formatCount(times, 'connection')} refused (--max-connections-per-source)`,
  },
  overlimit: {
    first: 'datagrams are dropped: a limit of buffered bytes is reached',
    after: (times) => `${formatCount(times, 'datagram')} dropped: a limit of buffered bytes was reached`,
  },
  paused: {
    first: 'reading is paused: the limit of buffered bytes is reached (--max-buffered)',
    after: (times) => `reading was paused ${formatCount(times, 'time')} (--max-buffered)`,
  },
};

/**
 * Adds two messages for each burst of events at a limit: one at the first event, and one with the count after 10 quiet
 * seconds.
 *
 * ```text
 * events       --r-rr-------------        r: refused
 * summarizeBursts    --(rw)-rr------(w)-        w: noted, a warning; 10 s after the last r
 * ```
 *
 * @param scheduler The timer. Default: real time.
 */
export const summarizeBursts =
  <P extends PeerStats>(scheduler: SchedulerLike = monotonicScheduler): MonoTypeOperatorFunction<EchoEvent<P>> =>
  (events$) =>
    new Observable((subscriber) => {
      const warn = (message: string): void => subscriber.next({ kind: 'log', level: 'warn', message });
      const bursts = new Map<Kind, Burst>();
      const burstOf = (kind: Kind): Burst => {
        const burst = bursts.get(kind) ?? new Burst(sentences[kind], warn, scheduler);
        bursts.set(kind, burst);
        return burst;
      };
      const endAll = (): void => bursts.forEach((burst) => burst.end());
      subscriber.add(() => bursts.forEach((burst) => burst.cancel()));
      subscriber.add(
        events$.subscribe({
          next: (event) => {
            // The report stays the last event.
            if (event.kind === 'stopped') endAll();
            subscriber.next(event);
            const kind = kindOf(event);
            if (kind) burstOf(kind).count();
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    });

class Burst {
  #times = 0;
  #lastMs = 0;
  #timer: Subscription | undefined;

  constructor(
    private readonly says: (typeof sentences)[Kind],
    private readonly warn: (message: string) => void,
    private readonly scheduler: SchedulerLike,
  ) {}

  count(): void {
    this.#times += 1;
    this.#lastMs = this.scheduler.now();
    if (this.#timer) return;
    this.warn(this.says.first);
    this.#endAfter(QUIET_MS);
  }

  end(): void {
    if (!this.#timer) return;
    this.cancel();
    this.warn(this.says.after(this.#times));
    this.#times = 0;
  }

  cancel(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  /** One timer for a burst, not for each event. */
  #endAfter(delayMs: number): void {
    this.#timer = this.scheduler.schedule(() => {
      const leftMs = this.#lastMs + QUIET_MS - this.scheduler.now();
      if (leftMs > 0) this.#endAfter(leftMs);
      else this.end();
    }, delayMs);
  }
}

const kindOf = (event: EchoEvent<PeerStats>): Kind | undefined => {
  if (event.kind === 'paused') return 'paused';
  if (event.kind === 'refused') return event.reason === 'denied' ? undefined : event.reason;
  return event.kind === 'dropped' && event.reason === 'overlimit' ? 'overlimit' : undefined;
};
