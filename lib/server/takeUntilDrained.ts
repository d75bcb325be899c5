import { Observable, Subscriber, type MonoTypeOperatorFunction } from 'rxjs';
import type { KernelQueue } from '../flow/kernelQueue';
import { Quietness } from '../flow/quietness';
import { eventLoopTurns$ } from './eventLoopTurns';
import type { StopRequest } from './stopPlan';
import { waitersFor, type Waiter, type Waiters } from './waiters';

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
 * takeUntilDrained     -a-b---c-d---|
 * ```
 *
 * It completes at the first of: two turns of the event loop in a row in which nothing passed while the budget was open;
 * as much passed since the signal as the kernel can have held. Kernel queues are first in, first out, so that is
 * everything from before the signal, and a peer that never stops sending ends here. Where a turn is too short to know, as
 * for the bytes of a connection, the queue has turns of its own, and says after how many what comes is new.
 *
 * @param signal$ Its first value is the signal, and may say how long the stop may take (`graceMs`); make it replay, so that
 *   a late subscriber sees it too.
 * @param queue What the kernel may hold in front of the source: `listener.queue`, `connection.receiveQueue`.
 *   Default: 4096 values.
 * @param turns$ Turns of the event loop. Default: those of the queue, else Node's own.
 */
export const takeUntilDrained =
  <T>(
    signal$: Observable<unknown>,
    queue: KernelQueue<T> = acceptQueue,
    turns$?: Observable<unknown>,
  ): MonoTypeOperatorFunction<T> =>
  (source) =>
    new Observable((subscriber) => {
      const still = new Still(subscriber, queue, waitersFor(signal$), turns$);
      if (!still.closed) source.subscribe(still);
    });

/**
 * Passes what comes; from the signal on it counts, and completes once all is still. A subscriber and no closures around
 * one: each connection has its own.
 */
class Still<T> extends Subscriber<T> implements Waiter {
  /** From the signal on. */
  #quietness: Quietness<T> | undefined;

  constructor(
    out: Subscriber<T>,
    private readonly queue: KernelQueue<T>,
    private readonly waiters: Waiters,
    private readonly turns$: Observable<unknown> | undefined,
  ) {
    super(out);
    waiters.add(this);
  }

  signalled(signal: unknown): void {
    const quietness = new Quietness(this.queue);
    this.#quietness = quietness;
    const turns$ = this.turns$ ?? this.queue.turnsWithin?.(graceOf(signal)) ?? eventLoopTurns$;
    this.add(turns$.subscribe(() => quietness.turned() && this.complete()));
  }

  override next(value: T): void {
    if (this.isStopped) return;
    this.destination.next(value);
    if (this.#quietness?.passed(value)) this.complete();
  }

  override unsubscribe(): void {
    this.waiters.delete(this);
    super.unsubscribe();
  }
}

const graceOf = (signal: unknown): number => (signal as Partial<StopRequest> | undefined)?.graceMs ?? Infinity;
