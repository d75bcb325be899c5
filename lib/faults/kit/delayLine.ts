import type { MonoTypeOperatorFunction, Subscriber, Subscription } from 'rxjs';
import type { StageContext } from '../../stage';
import type { BudgetAccount } from '../../budget';
import { FlushSignal } from '../../stages/chain/flushSignal';
import { LightSubscriber, operate } from '../../streams/lightSubscriber';
import { retain } from '../../streams/retain';

/** Receives the parts of a frame, from first to last. */
export interface Departures {
  /** Emits the next `bytes` bytes at `dueMs` on the scheduler's clock. `Infinity` buffers them until a flush. */
  leave(bytes: number, dueMs: number): void;
  /** Discards the next `bytes` bytes. */
  drop(bytes: number): void;
}

/** Decides when frames leave a delay line. Faults that delay differ only in their policy. */
export interface DelayPolicy {
  /** Plans when the bytes of a frame leave, in one or several parts. A datagram is always one part. */
  plan(frame: Buffer, nowMs: number, departures: Departures): void;
  /**
   * Returns whether a frame leaves at once and whole. Called before `plan` while nothing is buffered; after `true`,
   * `plan` is not called. Default: `plan` is called for each frame.
   */
  passes?(frame: Buffer): boolean;
  /** Returns when a completion that arrives now is due. It leaves after all buffered frames. Default: at once. */
  endDueMs?(nowMs: number): number;
  /** Returns whether frames leave in order of due time; ties keep the order of arrival. Default: order of arrival. */
  byTime?(): boolean;
  /** Keeps parts of one frame separate when they are due together. Default: they leave as one. */
  readonly keepsPieces?: boolean;
  /** The high-water mark in bytes. At the mark TCP stops reading, and UDP drops new datagrams. Default: 16 MiB. */
  readonly highWaterMark?: number;
}

/**
 * Buffers each frame until it is due.
 *
 * ```text
 * due 3 later    a--b--(c|)   →  ---a--b--(c|)       the end waits for buffered frames
 * by time        ab-----|     →  ---b--a|            a is due 6 later, b 2 later
 * by arrival     ab-----|     →  ------(ab|)
 * a flush at 4   abc-----|    →  ----(abc)|          all leave in order; later frames are not delayed
 * an error       a-#          →  --#                 buffered frames are discarded and counted
 * ```
 *
 * It runs one timer, for the frame that is due first. It charges buffered bytes to the context's budget.
 */
export const delayLine = (policy: DelayPolicy, context: StageContext): MonoTypeOperatorFunction<Buffer> =>
  operate((out) => new DelayLine(out, policy, context));

/** A buffered piece. `piece` is undefined for the completion of the stream. */
interface Queued {
  readonly piece: Buffer | undefined;
  readonly dueMs: number;
}

class DelayLine extends LightSubscriber<Buffer> implements Departures {
  readonly #account: BudgetAccount;
  /** Undefined while nothing is buffered. */
  #queue: Queued[] | undefined;
  #head = 0;
  #lastDueMs = -Infinity;
  #flushing = false;
  #discarded = false;
  #timer: Subscription | undefined;
  #timerDueMs = Infinity;
  /** The frame in planning, the offset of its next part, and the run of parts that are due together. */
  #frame: Buffer | undefined;
  #endOfParts = 0;
  #startOfRun = 0;
  #runDueMs: number | undefined;
  #nowMs = 0;

  constructor(
    private readonly out: Subscriber<Buffer>,
    private readonly policy: DelayPolicy,
    private readonly context: StageContext,
  ) {
    super();
    this.#account = context.budget.openAccount(policy.highWaterMark);
    out.add(FlushSignal.listen(context.flush$, this));
  }

  next(frame: Buffer): void {
    // A source that emits during `subscribe` may continue after the subscriber has unsubscribed.
    if (this.closed) return;
    const { context, policy } = this;
    if (this.#queue === undefined && policy.passes?.(frame)) return this.out.next(frame);
    if (context.transport === 'udp' && this.#account.full) {
      // UDP has no back-pressure, so the new datagram is dropped, as with the `limit` of tc-netem.
      return context.count('overlimit');
    }
    const nowMs = context.scheduler.now();
    this.#frame = frame;
    this.#nowMs = nowMs;
    this.#endOfParts = 0;
    this.#runDueMs = undefined;
    policy.plan(frame, nowMs, this);
    this.#endRun();
    this.#frame = undefined;
    this.#release(nowMs);
  }

  error(error: unknown): void {
    if (!this.closed) this.out.error(error);
  }

  complete(): void {
    if (this.closed) return;
    // Unsubscribes from the source only: buffered frames still leave when they are due.
    super.unsubscribe();
    const nowMs = this.context.scheduler.now();
    const endMs = this.#flushing ? nowMs : (this.policy.endDueMs?.(nowMs) ?? nowMs);
    this.#add(undefined, Math.max(this.#lastDueMs, endMs), nowMs);
    this.#release(nowMs);
  }

  leave(bytes: number, wantedMs: number): void {
    const nowMs = this.#nowMs;
    const { policy } = this;
    const afterMs = policy.byTime?.() ? -Infinity : this.#lastDueMs;
    const dueMs = this.#flushing ? nowMs : Math.max(nowMs, wantedMs, afterMs);
    if (policy.keepsPieces || dueMs !== this.#runDueMs) this.#endRun();
    if (this.#runDueMs === undefined) this.#startOfRun = this.#endOfParts;
    this.#endOfParts += bytes;
    this.#runDueMs = dueMs;
    this.#lastDueMs = Math.max(this.#lastDueMs, dueMs);
  }

  drop(bytes: number): void {
    this.#endRun();
    this.#endOfParts += bytes;
  }

  /** Emits all buffered frames now. Later frames are not delayed. */
  flush(): void {
    this.#flushing = true;
    this.#lastDueMs = -Infinity;
    if (this.#queue === undefined) return;
    // Emitting refunds the budget, so the source may resume meanwhile. -Infinity keeps buffered frames before new ones.
    this.#queue = this.#queue.slice(this.#head).map(({ piece }) => ({ piece, dueMs: -Infinity }));
    this.#head = 0;
    this.#release(this.context.scheduler.now());
  }

  timerFired(): void {
    this.#timer = undefined;
    this.#timerDueMs = Infinity;
    // Node's timers may fire up to 1 ms early, so the clock decides whether a frame is due.
    this.#release(this.context.scheduler.now());
  }

  /** Discards all buffered frames and counts their bytes. */
  override unsubscribe(): void {
    super.unsubscribe();
    if (this.#discarded) return;
    this.#discarded = true;
    const { flush$ } = this.context;
    if (flush$ instanceof FlushSignal) flush$.delete(this);
    this.#timer?.unsubscribe();
    let bytes = 0;
    for (const { piece } of this.#queue?.slice(this.#head) ?? []) bytes += piece?.byteLength ?? 0;
    this.#queue = undefined;
    if (bytes > 0) this.context.count('discardedBytes', bytes);
    this.#account.release();
  }

  /** Queues the parts that are due together as one piece. */
  #endRun(): void {
    const dueMs = this.#runDueMs;
    if (dueMs === undefined) return;
    this.#runDueMs = undefined;
    const [frame, start, end] = [this.#frame!, this.#startOfRun, this.#endOfParts];
    this.#add(end - start === frame.byteLength ? frame : frame.subarray(start, end), dueMs, this.#nowMs);
  }

  #add(piece: Buffer | undefined, dueMs: number, nowMs: number): void {
    const queue = (this.#queue ??= []);
    if (piece) {
      this.#account.charge(piece.byteLength);
      this.context.count('delayed');
      if (dueMs > nowMs) this.context.recordMax('bufferedBytes', this.#account.bufferedBytes);
      if (dueMs < Infinity) this.context.count('delayedMs', dueMs - nowMs);
    }
    // Searches from the end, because most frames arrive in the order in which they leave.
    let place = queue.length;
    while (place > this.#head && queue[place - 1]!.dueMs > dueMs) place -= 1;
    // A piece that leaves before `next` returns needs no copy: its read buffer is not reused yet.
    const isBuffered = dueMs > nowMs || place > this.#head;
    const queued = { piece: piece && isBuffered ? retain(piece) : piece, dueMs };
    if (place === queue.length) queue.push(queued);
    else queue.splice(place, 0, queued);
  }

  /** Emits the pieces that are due and sets the timer for the next one. */
  #release(nowMs: number): void {
    for (let first = this.#first; first && first.dueMs <= nowMs; first = this.#first) {
      this.#head += 1;
      if (first.piece === undefined) return this.out.complete();
      this.#emit(first.piece);
    }
    this.#forget();
    this.#arm();
  }

  get #first(): Queued | undefined {
    return this.#queue?.[this.#head];
  }

  /** Refunds after emitting, because a refund may open the budget and let in frames that belong behind this piece. */
  #emit(piece: Buffer): void {
    this.out.next(piece);
    // The subscriber may have unsubscribed during `next`, which released the whole account.
    if (!this.#discarded) this.#account.refund(piece.byteLength);
  }

  /** Removes emitted pieces once they are most of the queue. A shift for each frame would move all others. */
  #forget(): void {
    const length = this.#queue?.length ?? 0;
    if (this.#head * 2 <= length) return;
    if (this.#head === length) this.#queue = undefined;
    else this.#queue?.splice(0, this.#head);
    this.#head = 0;
  }

  #arm(): void {
    const dueMs = this.#first?.dueMs ?? Infinity;
    if (dueMs === this.#timerDueMs) return;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#timerDueMs = dueMs;
    if (dueMs === Infinity || this.#discarded) return;
    const { scheduler } = this.context;
    this.#timer = scheduler.schedule(onTimer, dueMs - scheduler.now(), this);
  }
}

/** Shared by all delay lines, to save one closure each. */
const onTimer = (line: DelayLine | undefined): void => line?.timerFired();
