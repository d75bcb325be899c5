import { Observable, type MonoTypeOperatorFunction, type Subscriber, type Subscription } from 'rxjs';
import { ForwardingSubscriber } from '../../streams/forwardingSubscriber';
import type { KernelQueue } from '../../budget';
import { Quietness } from '../../backpressure/quietness';
import { eventLoopTurns$ } from './eventLoopTurns';
import type { StopRequest } from './shutdownSchedule';
import { Signal, type SignalListener } from '../../streams/signal';

/** Where nothing better is known: each value counts one, and no accept queue is longer on a stock Linux. */
const acceptQueue: KernelQueue<unknown> = { capacity: 4096, sizeOf: () => 1 };

/**
 * `takeUntil` with a notifier that waits: after the signal it goes on for as long as there is something that the
 * kernel had already taken for us (connections to accept, bytes and datagrams to read), then completes.
 *
 * ```text
 * source             -a-b---c-d-------
 * signal             ------s----------
 * turns after it           -t-t-t-t-t
 * takeUntilDrained   -a-b---c-d---|
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
 */
export const takeUntilDrained = <T>(
  signal$: Observable<unknown>,
  queue: KernelQueue<T> = acceptQueue,
): MonoTypeOperatorFunction<T> => {
  const stop = Signal.of(signal$);
  return (source) =>
    new Observable((out) => {
      const drain = new Drain(out, queue, stop);
      out.add(drain);
      stop.add(drain);
      if (!out.closed) source.subscribe(drain);
    });
};

/** Passes what comes; from the signal on it counts, and completes once all is drained. */
class Drain<T> extends ForwardingSubscriber<T, T> implements SignalListener {
  /** From the signal on. */
  #quietness: Quietness<T> | undefined;
  #turns: Subscription | undefined;

  constructor(
    out: Subscriber<T>,
    private readonly queue: KernelQueue<T>,
    private readonly stop: Signal,
  ) {
    super(out);
  }

  onSignal(signal: unknown): void {
    const quietness = new Quietness(this.queue);
    this.#quietness = quietness;
    const turns$ = this.queue.quietTicks?.(graceOf(signal)) ?? eventLoopTurns$;
    this.#turns = turns$.subscribe(() => quietness.onTick() && this.complete());
    if (this.closed) this.#turns.unsubscribe();
  }

  next(value: T): void {
    this.out.next(value);
    if (this.#quietness?.passed(value)) this.complete();
  }

  /** What is behind has ended. */
  override unsubscribe(): void {
    this.stop.delete(this);
    this.#turns?.unsubscribe();
  }
}

const graceOf = (signal: unknown): number => (signal as Partial<StopRequest> | undefined)?.graceMs ?? Infinity;
