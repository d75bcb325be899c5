import { Observable, type SchedulerLike } from 'rxjs';

/** A moment to send at. */
export interface Due {
  /** The slot of the schedule, from 0. */
  readonly slot: number;
  readonly dueMs: number;
  /** Slots that were missed before this one. */
  readonly missed: number;
}

export interface PacerOptions {
  readonly intervalMs: number;
  /** How many to emit. Default: for ever. */
  readonly count?: number;
  readonly scheduler: SchedulerLike;
  /** Emits what became due meanwhile, up to 256 in a turn. Default: `false`, a missed slot is counted and not sent. */
  readonly catchesUp?: boolean;
}

const MAX_BURST = 256;

/** Less than any clock can tell: the error of floating-point sums. */
const EARLY_MS = 1e-6;

/**
 * Emits due times on an absolute schedule, so that delays do not add up.
 *
 * ```text
 * pacer(2 ms)               0-1-2-3-4-
 * with a stall of 5 ms      0-1-----4-      slots 2 and 3 are missed
 * ```
 */
export const pacer = ({ intervalMs, count = Infinity, scheduler, catchesUp = false }: PacerOptions): Observable<Due> =>
  new Observable((out) => {
    const startMs = scheduler.now();
    let slot = 0;
    let emitted = 0;
    const emit = (): void => {
      const nowMs = scheduler.now();
      // A timer of Node fires up to a millisecond early.
      if (nowMs + EARLY_MS < startMs + slot * intervalMs) return schedule();
      let missed = 0;
      if (!catchesUp) {
        const current = Math.max(Math.floor((nowMs - startMs) / intervalMs + 1e-9), slot);
        missed = current - slot;
        slot = current;
      }
      let burst = 0;
      do {
        out.next({ slot, dueMs: startMs + slot * intervalMs, missed });
        emitted += 1;
        slot += 1;
        burst += 1;
        if (out.closed) return;
        if (emitted >= count) return out.complete();
      } while (catchesUp && burst < MAX_BURST && startMs + slot * intervalMs <= nowMs);
      schedule();
    };
    const schedule = (): void => {
      const timer = scheduler.schedule(
        () => {
          out.remove(timer);
          emit();
        },
        Math.max(startMs + slot * intervalMs - scheduler.now(), 0),
      );
      out.add(timer);
    };
    if (count > 0) schedule();
    else out.complete();
  });
