import { concatMap, from, Observable, retry, throwError, timer, toArray, type SchedulerLike } from 'rxjs';
import type { Endpoint } from '../endpoint';
import { EchoError } from '../errors';

/** A bound socket, or several that are served as one. */
export interface BoundSocket {
  readonly local: Endpoint;
  close(): void;
}

/** Binds one transport at one address to a port; may complete without a socket. */
export type Binder<L extends BoundSocket> = (port: number) => Observable<L>;

/** How often another port is tried, if the one that the system chose for the first socket is in use for a later one. */
const RETRIES = 10;

/**
 * Binds every socket of a server, or none: emits all at once and completes. If one cannot be bound, or on
 * unsubscription, it closes all. With port 0 the first socket chooses the number, and all others use it.
 *
 * Errors with `ERR_ECHO_LISTEN`.
 */
export const bindAll = <L extends BoundSocket>(
  binds: readonly Binder<L>[],
  port: number,
  scheduler: SchedulerLike,
): Observable<L[]> =>
  allAt(binds, port).pipe(
    retry({
      count: RETRIES,
      delay: (error: unknown) => (port === 0 && isTaken(error) ? timer(0, scheduler) : throwError(() => error)),
    }),
  );

const allAt = <L extends BoundSocket>(binds: readonly Binder<L>[], port: number): Observable<L[]> =>
  new Observable((subscriber) => {
    const bound: L[] = [];
    let handedOn = false;
    subscriber.add(() => {
      if (!handedOn) bound.forEach((listener) => listener.close());
    });
    const binding = from(binds).pipe(
      concatMap((bind) => bind(bound[0]?.local.port ?? port)),
      concatMap((listener) => [(bound.push(listener), listener)]),
      toArray(),
    );
    subscriber.add(
      binding.subscribe({
        next: (listeners) => {
          handedOn = true;
          subscriber.next(listeners);
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
  });

const isTaken = (error: unknown): boolean =>
  error instanceof EchoError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';
