import { catchError, firstValueFrom, ignoreElements, of, type Observable } from 'rxjs';

/** The error that a stream ends with; rejects when it completes instead. */
export const rejectionOf = (stream$: Observable<unknown>): Promise<unknown> =>
  firstValueFrom(
    stream$.pipe(
      ignoreElements(),
      catchError((error: unknown) => of(error)),
    ),
  );
