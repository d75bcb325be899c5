import { Subject, take, takeUntil, tap, type MonoTypeOperatorFunction } from 'rxjs';

/**
 * Returns an operator for several sources: only the first value of all of them passes, and ends every source.
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
      // A turn later: `takeUntil` would complete this source too, before the value has passed.
      tap({ next: () => (came = true), complete: () => came && came$.next() }),
    );
};
