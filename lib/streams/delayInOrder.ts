import { Observable, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';

/** Less than any clock can tell: the error of floating-point sums. */
const EARLY_MS = 1e-6;

/**
 * Delays each value by the same time, with one timer for all; `delay` of RxJS has one for each value, which costs more. Values
 * that are still delayed when the source completes are emitted first.
 *
 * ```text
 * source              a-b---|
 * delayInOrder(3)     ---a-b--|
 * ```
 */
export const delayInOrder =
  <T>(delayMs: number, scheduler: SchedulerLike): MonoTypeOperatorFunction<T> =>
  (source) =>
    new Observable((out) => {
      const waiting: { readonly value: T; readonly dueMs: number }[] = [];
      let isComplete = false;
      let isScheduled = false;
      const emitDue = (): void => {
        const nowMs = scheduler.now();
        while (waiting.length > 0 && waiting[0]!.dueMs <= nowMs + EARLY_MS && !out.closed)
          out.next(waiting.shift()!.value);
        isScheduled = false;
        if (waiting.length > 0) schedule();
        else if (isComplete) out.complete();
      };
      const schedule = (): void => {
        if (isScheduled) return;
        isScheduled = true;
        const timer = scheduler.schedule(
          () => {
            out.remove(timer);
            emitDue();
          },
          Math.max(waiting[0]!.dueMs - scheduler.now(), 0),
        );
        out.add(timer);
      };
      out.add(
        source.subscribe({
          next: (value) => {
            waiting.push({ value, dueMs: scheduler.now() + delayMs });
            schedule();
          },
          error: (error: unknown) => out.error(error),
          complete: () => {
            isComplete = true;
            if (waiting.length === 0) out.complete();
          },
        }),
      );
    });
