import { Subject, take, takeUntil, tap, type MonoTypeOperatorFunction } from 'rxjs';

/**
 * Makes an operator to be used on several sources: of all of them together only the first value passes, and with it
 * every source ends.
 *
 * ```text
 * a               ---x---y
 * b               -----z--
 * a.pipe(only)    ---(x|)
 * b.pipe(only)    ---|
 * ```
 */
export const takeOneAcross = (): (<T>() => MonoTypeOperatorFunction<T>) => {
  const came$ = new Subject<void>();
  let came = false;
  return () => (source) =>
    source.pipe(
      takeUntil(came$),
      take(1),
      // Not at the value itself: `takeUntil` would complete this source too, before it has passed.
      tap({ next: () => (came = true), complete: () => came && came$.next() }),
    );
};
