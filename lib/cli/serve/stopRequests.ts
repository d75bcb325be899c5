import { identity, map, ReplaySubject, take, type Observable, type Subscription } from 'rxjs';
import type { StopRequest } from '../../server/stop/shutdownSchedule';
import type { ServerFlags } from '../args/createProgram';
import { shutdownDelay } from './shutdownDelay';

/** What becomes of the signals to stop; each replays. */
export interface StopRequests {
  /** The first signal, as it came: no more clients are to be sent here. */
  readonly signalled$: Observable<unknown>;
  /** What the server is asked for, after `--shutdown-delay`. */
  readonly requests$: Observable<StopRequest>;
  readonly subscription: Subscription;
}

/** Listens to the signals from now on: one that comes while files are loaded is a signal. */
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
