import { identity, map, ReplaySubject, take, type Observable, type Subscription } from 'rxjs';
import type { StopRequest } from '../../server/stop/shutdownSchedule';
import type { ServerFlags } from '../args/createProgram';
import { shutdownDelay } from './shutdownDelay';

/** What follows from the signals to stop; each replays. */
export interface StopRequests {
  /** Emits at the first signal, when no more clients should be sent here. */
  readonly signalled$: Observable<unknown>;
  /** Emits the requests to the server, after `--shutdown-delay`. */
  readonly requests$: Observable<StopRequest>;
  readonly subscription: Subscription;
}

/** Listens from now on, so that a signal counts while files are loaded. */
export const stopRequests = (
  signal$: Observable<unknown>,
  { grace: graceMs, shutdownDelay: delayMs }: ServerFlags,
): StopRequests => {
  const signalled$ = new ReplaySubject<unknown>(2);
  const requests$ = new ReplaySubject<StopRequest>(2);
  const delayed = delayMs === undefined ? identity : shutdownDelay(delayMs);
  const subscription = signalled$
    .pipe(
      delayed,
      map(() => ({ graceMs })),
    )
    .subscribe(requests$);
  subscription.add(signal$.subscribe(signalled$));
  return { signalled$: signalled$.pipe(take(1)), requests$, subscription };
};
