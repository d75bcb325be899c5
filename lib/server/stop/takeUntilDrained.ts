import { Observable, type MonoTypeOperatorFunction, type Subscriber, type Subscription } from 'rxjs';
import { ForwardingSubscriber } from '../../streams/forwardingSubscriber';
import type { KernelQueue } from '../../budget';
import { Quietness } from '../../backpressure/quietness';
import { eventLoopTurns$ } from './eventLoopTurns';
import type { StopRequest } from './shutdownSchedule';
import { Signal, type SignalListener } from '../../streams/signal';

/** The default queue: each value counts one, and Linux limits accept queues to 4096 by default. */
const acceptQueue: KernelQueue<unknown> = { capacity: 4096, sizeOf: () => 1 };

/**
 * Completes after the signal, once everything has been read that the kernel had already received.
 *
 * ```text
 * source             -a-b---c-d-------
 * signal             ------s----------
 * turns after it           -t-t-t-t-t
 * takeUntilDrained   -a-b---c-d---|
 * ```
 *
 * It completes when two turns of the event loop have passed without a value while the budget was open, or when as many
 * values have passed since the signal as the kernel can have held. The queues of the kernel are first in, first out, so
 * a peer that never stops sending does not keep it open. A queue for which a turn is too short, as for the bytes of a
 * connection, has ticks of its own (014).
 *
 * @param signal$ Its first value is the signal, and may contain the time limit of the stop (`graceMs`). It must replay,
 *   so that a late subscriber receives it.
 * @param queue The queue of the kernel in front of the source: `listener.queue`, `connection.receiveQueue`. Default:
 *   4096 values.
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

/** Passes values; after the signal it counts them, and completes once the queue is drained. */
class Drain<T> extends ForwardingSubscriber<T, T> implements SignalListener {
  /** Set at the signal. */
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

  /** The subscriber downstream has ended. */
  override unsubscribe(): void {
    this.stop.delete(this);
    this.#turns?.unsubscribe();
  }
}

const graceOf = (signal: unknown): number => (signal as Partial<StopRequest> | undefined)?.graceMs ?? Infinity;
