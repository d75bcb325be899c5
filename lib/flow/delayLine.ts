import { Observable, type MonoTypeOperatorFunction, type Subscription } from 'rxjs';
import type { StageContext } from '../stage';
import type { Holder } from './byteBudget';
import { retain } from './retain';

/** So many of a frame's bytes leave at that time, on the scheduler's clock; `Infinity` keeps them until a flush. */
export interface Leave {
  readonly bytes: number;
  readonly dueMs: number;
  /** Whether they do not leave at all, and are gone. */
  readonly dropped?: boolean;
}

/** When frames leave: the whole of what tells one holding fault from another. */
export interface DelayLineOptions {
  /** For a frame that arrives now: its bytes from first to last, in one part (a datagram always is) or several. */
  readonly plan: (frame: Buffer, nowMs: number) => Iterable<Leave>;
  /** When the end that comes now leaves, behind all that is held. Default: at once. */
  readonly endDueMs?: (nowMs: number) => number;
  /** `fifo`: none overtakes another. `time`: by due time, ties in the order of arrival. Default: `fifo`. */
  readonly order?: () => 'fifo' | 'time';
  /** Whether parts of one frame that are due together stay apart. Default: they leave as one. */
  readonly keepsCuts?: boolean;
  /** The mark over which TCP stops reading, and UDP drops what comes. Default: 16 MiB. */
  readonly highBytes?: number;
}

/**
 * Holds each frame until it is due; the one place of all faults that wait.
 *
 * ```text
 * due 3 later    a--b--(c|)   →  ---a--b--(c|)       the end waits for what is held
 * by time        ab-----|     →  ---b--a|            a due 6 later, b 2 later
 * by fifo        ab-----|     →  ------(ab|)
 * a flush at 4   abc-----|    →  ----(abc)|          all at once, in order; later frames do not wait
 * an error       a-#          →  --#                 what is held is discarded, and counted
 * ```
 *
 * One timer, for the frame that is due first. What is held is charged to the context's budget.
 */
export const delayLine =
  (options: DelayLineOptions, context: StageContext): MonoTypeOperatorFunction<Buffer> =>
  (source) =>
    new Observable((subscriber) => {
      const holder = context.budget.holder(options.highBytes);
      const line = new Line(options, context, holder, {
        next: (frame) => subscriber.next(frame),
        complete: () => subscriber.complete(),
      });
      subscriber.add(() => line.discard());
      subscriber.add(context.flush$.subscribe(() => line.flush()));
      subscriber.add(
        source.subscribe({
          next: (frame) => line.enter(frame),
          error: (error: unknown) => subscriber.error(error),
          complete: () => line.end(),
        }),
      );
    });

/** A piece on its way; the end of the stream is one without bytes to show. */
interface Held {
  readonly piece: Buffer | undefined;
  readonly dueMs: number;
}

interface Exit {
  next(frame: Buffer): void;
  complete(): void;
}

class Line {
  #queue: Held[] = [];
  #head = 0;
  #lastDueMs = -Infinity;
  #flushing = false;
  #discarded = false;
  #timer: Subscription | undefined;
  #timerDueMs = Infinity;

  constructor(
    private readonly options: DelayLineOptions,
    private readonly context: StageContext,
    private readonly holder: Holder,
    private readonly exit: Exit,
  ) {}

  enter(frame: Buffer): void {
    const { context, options } = this;
    // A source that emits while it is subscribed goes on when nobody is there any more.
    if (this.#discarded) return;
    if (context.transport === 'udp' && this.holder.full) {
      // UDP cannot push back: the new datagram is lost, as with the `limit` of tc-netem; to deliver early is no delay.
      return context.count('overlimit');
    }
    const nowMs = context.scheduler.now();
    const fifo = (options.order?.() ?? 'fifo') === 'fifo';
    let start = 0;
    let end = 0;
    let runDueMs: number | undefined;
    const leaveTogether = (): void => {
      if (runDueMs === undefined) return;
      this.#add(end - start === frame.byteLength ? frame : frame.subarray(start, end), runDueMs, nowMs);
      runDueMs = undefined;
    };
    for (const { bytes, dueMs: wantedMs, dropped = false } of options.plan(frame, nowMs)) {
      const dueMs = this.#flushing ? nowMs : Math.max(nowMs, wantedMs, fifo ? this.#lastDueMs : -Infinity);
      if (dropped || options.keepsCuts || dueMs !== runDueMs) leaveTogether();
      if (runDueMs === undefined) start = end;
      end += bytes;
      if (dropped) continue;
      runDueMs = dueMs;
      this.#lastDueMs = Math.max(this.#lastDueMs, dueMs);
    }
    leaveTogether();
    this.#release(nowMs);
  }

  end(): void {
    const nowMs = this.context.scheduler.now();
    const endMs = this.#flushing ? nowMs : (this.options.endDueMs?.(nowMs) ?? nowMs);
    this.#add(undefined, Math.max(this.#lastDueMs, endMs), nowMs);
    this.#release(nowMs);
  }

  /** Everything that is held leaves now, and what comes later does not wait. */
  flush(): void {
    this.#flushing = true;
    this.#lastDueMs = -Infinity;
    // Due before whatever comes meanwhile: the room that they make may let more in.
    this.#queue = this.#queue.slice(this.#head).map(({ piece }) => ({ piece, dueMs: -Infinity }));
    this.#head = 0;
    this.#release(this.context.scheduler.now());
  }

  discard(): void {
    this.#discarded = true;
    this.#timer?.unsubscribe();
    let bytes = 0;
    for (const { piece } of this.#queue.splice(0).slice(this.#head)) bytes += piece?.byteLength ?? 0;
    this.#head = 0;
    if (bytes > 0) this.context.count('discardedBytes', bytes);
    this.holder.release();
  }

  #add(piece: Buffer | undefined, dueMs: number, nowMs: number): void {
    if (piece) {
      this.holder.charge(piece.byteLength);
      this.context.count('delayed');
      if (dueMs > nowMs) this.context.most('heldBytes', this.holder.heldBytes);
      if (dueMs < Infinity) this.context.count('delayedMs', dueMs - nowMs);
    }
    // From the end, where almost every frame belongs: frames come nearly in the order in which they leave.
    let place = this.#queue.length;
    while (place > this.#head && this.#queue[place - 1]!.dueMs > dueMs) place -= 1;
    // What leaves before `enter` returns is passed as it was lent.
    const stays = dueMs > nowMs || place > this.#head;
    const held = { piece: piece && stays ? retain(piece) : piece, dueMs };
    if (place === this.#queue.length) this.#queue.push(held);
    else this.#queue.splice(place, 0, held);
  }

  /** Hands on what is due, and sets the timer for what is due next. */
  #release(nowMs: number): void {
    for (let first = this.#queue[this.#head]; first && first.dueMs <= nowMs; first = this.#queue[this.#head]) {
      this.#head += 1;
      if (first.piece === undefined) return this.exit.complete();
      this.#handOn(first.piece);
    }
    this.#forget();
    this.#arm();
  }

  /** Refunds last: a refund may open the budget, and what comes in then is behind this piece. */
  #handOn(piece: Buffer): void {
    this.exit.next(piece);
    // Whoever was handed the piece may have unsubscribed: then it was refunded with all that was held.
    if (!this.#discarded) this.holder.refund(piece.byteLength);
  }

  /** Frees the room of what has left, once it is most of the queue: a shift for each frame would move all others. */
  #forget(): void {
    if (this.#head * 2 <= this.#queue.length) return;
    this.#queue.splice(0, this.#head);
    this.#head = 0;
  }

  #arm(): void {
    const first = this.#queue[this.#head];
    const dueMs = first?.dueMs ?? Infinity;
    if (dueMs === this.#timerDueMs) return;
    this.#timer?.unsubscribe();
    this.#timerDueMs = dueMs;
    if (dueMs === Infinity) return;
    const { scheduler } = this.context;
    this.#timer = scheduler.schedule(() => {
      // Node's timers may fire up to 1 ms early: whether a frame is due is asked of the clock.
      this.#timerDueMs = Infinity;
      this.#release(scheduler.now());
    }, dueMs - scheduler.now());
  }
}
