import { Observable, take, type MonoTypeOperatorFunction } from 'rxjs';
import type { KernelQueue } from '../flow/kernelQueue';
import { eventLoopTurns$ } from './eventLoopTurns';

/** Two, because a signal arrives in the middle of a turn: only the second is sure to have polled every socket. */
const QUIET_TURNS = 2;

/** Where nothing better is known: each value counts one, and no accept queue is longer on a stock Linux. */
const acceptQueue: KernelQueue<unknown> = { capacity: 4096, weigh: () => 1 };

/**
 * `takeUntil` with a notifier that waits: after the signal it goes on for as long as there is something that the
 * kernel had already taken for us (connections to accept, bytes and datagrams to read), then completes.
 *
 * ```text
 * source             -a-b---c-d-------
 * signal             ------s----------
 * turns after it           -t-t-t-t-t
 * takeUntilStill     -a-b---c-d---|
 * ```
 *
 * It completes at the first of: two turns of the event loop in a row in which nothing passed while the budget was open;
 * as much passed since the signal as the kernel can have held. Kernel queues are first in, first out, so that is
 * everything from before the signal, and a peer that never stops sending ends here.
 *
 * @param signal$ Its first value is the signal; make it replay, so that a late subscriber sees it too.
 * @param queue What the kernel may hold in front of the source: `listener.queue`, `connection.received`.
 *   Default: 4096 values.
 * @param turns$ Turns of the event loop. Default: those of the queue, else Node's own.
 */
export const takeUntilStill =
  <T>(
    signal$: Observable<unknown>,
    queue: KernelQueue<T> = acceptQueue,
    turns$: Observable<unknown> = queue.turns$ ?? eventLoopTurns$,
  ): MonoTypeOperatorFunction<T> =>
  (source) =>
    new Observable((subscriber) => {
      let stopping = false;
      let quietTurns = 0;
      let passed = 0;

      const watchTurns = (): void => {
        stopping = true;
        const turns = turns$.subscribe({
          next: () => {
            // Nothing is read while the budget is closed: what waits behind a slow reader is still ours to read.
            quietTurns = queue.budget?.open === false ? 0 : quietTurns + 1;
            if (quietTurns === QUIET_TURNS) subscriber.complete();
          },
          complete: () => subscriber.complete(),
        });
        subscriber.add(turns);
      };
      subscriber.add(signal$.pipe(take(1)).subscribe(watchTurns));
      if (subscriber.closed) return;

      const reading = source.subscribe({
        next: (value) => {
          subscriber.next(value);
          if (!stopping) return;
          quietTurns = 0;
          passed += queue.weigh(value);
          if (passed >= queue.capacity) subscriber.complete();
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
      subscriber.add(reading);
    });
