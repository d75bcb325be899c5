import type { MonoTypeOperatorFunction, Subscriber, Subscription } from 'rxjs';
import type { StageContext } from '../../stage';
import type { BudgetAccount } from '../../budget';
import { FlushSignal } from '../../stages/chain/flushSignal';
import { LightSubscriber, operate } from '../../streams/lightSubscriber';
import { retain } from '../../streams/retain';

/** Takes the parts of a frame, from first to last. */
export interface Departures {
  /** So many bytes leave at that time, on the scheduler's clock; `Infinity` keeps them until a flush. */
  leave(bytes: number, dueMs: number): void;
  /** So many bytes do not leave at all, and are gone. */
  drop(bytes: number): void;
}

/** When frames leave: the whole of what tells one holding fault from another. */
export interface DelayPolicy {
  /** Says when the bytes of a frame that arrives now leave: in one part (a datagram always is) or several. */
  plan(frame: Buffer, nowMs: number, departures: Departures): void;
  /** Whether a frame leaves at once, and whole, if nothing is held. Asked in place of `plan`. Default: `plan` is asked. */
  passes?(frame: Buffer): boolean;
  /** When the end that comes now leaves, behind all that is held. Default: at once. */
  endDueMs?(nowMs: number): number;
  /** Whether a frame that is due earlier overtakes; ties leave in the order of arrival. Default: none does. */
  byTime?(): boolean;
  /** Whether parts of one frame that are due together stay apart. Default: they leave as one. */
  readonly keepsPieces?: boolean;
  /** The mark over which TCP stops reading, and UDP drops what comes. Default: 16 MiB. */
  readonly highWaterMark?: number;
}

/**
 * Holds each frame until it is due; the one place of all faults that wait.
 *
 * ```text
 * due 3 later    a--b--(c|)   →  ---a--b--(c|)       the end waits for what is held
 * by time        ab-----|     →  ---b--a|            a due 6 later, b 2 later
 * else           ab-----|     →  ------(ab|)
 * a flush at 4   abc-----|    →  ----(abc)|          all at once, in order; later frames do not wait
 * an error       a-#          →  --#                 what is held is discarded, and counted
 * ```
 *
 * One timer, for the frame that is due first. What is held is charged to the context's budget.
 */
export const delayLine = (policy: DelayPolicy, context: StageContext): MonoTypeOperatorFunction<Buffer> =>
  operate((out) => new DelayLine(out, policy, context));

/** A piece on its way; the end of the stream is one without bytes to show. */
interface Queued {
  readonly piece: Buffer | undefined;
  readonly dueMs: number;
}

class DelayLine extends LightSubscriber<Buffer> implements Departures {
  readonly #account: BudgetAccount;
  /** Nothing, while nothing is held. */
  #queue: Queued[] | undefined;
  #head = 0;
  #lastDueMs = -Infinity;
  #flushing = false;
  #discarded = false;
  #timer: Subscription | undefined;
  #timerDueMs = Infinity;
  /** The frame that is planned, where in it the next part begins, and the parts that leave together. */
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
    // A source that emits while it is subscribed goes on when nobody is there any more.
    if (this.closed) return;
    const { context, policy } = this;
    if (this.#queue === undefined && policy.passes?.(frame)) return this.out.next(frame);
    if (context.transport === 'udp' && this.#account.full) {
      // UDP cannot push back: the new datagram is lost, as with the `limit` of tc-netem; to deliver early is no delay.
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
    // Of the source: what is held leaves when it is due.
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

  /** Everything that is held leaves now, and what comes later does not wait. */
  flush(): void {
    this.#flushing = true;
    this.#lastDueMs = -Infinity;
    if (this.#queue === undefined) return;
    // Due before whatever comes meanwhile: the room that they make may let more in.
    this.#queue = this.#queue.slice(this.#head).map(({ piece }) => ({ piece, dueMs: -Infinity }));
    this.#head = 0;
    this.#release(this.context.scheduler.now());
  }

  timerFired(): void {
    this.#timer = undefined;
    this.#timerDueMs = Infinity;
    // Node's timers may fire up to 1 ms early: whether a frame is due is asked of the clock.
    this.#release(this.context.scheduler.now());
  }

  /** What is held is discarded. */
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

  /** The parts that are due together leave as one piece. */
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
    // From the end, where almost every frame belongs: frames come nearly in the order in which they leave.
    let place = queue.length;
    while (place > this.#head && queue[place - 1]!.dueMs > dueMs) place -= 1;
    // What leaves before `next` returns is passed as it was lent.
    const stays = dueMs > nowMs || place > this.#head;
    const held = { piece: piece && stays ? retain(piece) : piece, dueMs };
    if (place === queue.length) queue.push(held);
    else queue.splice(place, 0, held);
  }

  /** Hands on what is due, and sets the timer for what is due next. */
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

  /** Refunds last: a refund may open the budget, and what comes in then is behind this piece. */
  #emit(piece: Buffer): void {
    this.out.next(piece);
    // Whoever was handed the piece may have unsubscribed: then it was refunded with all that was held.
    if (!this.#discarded) this.#account.refund(piece.byteLength);
  }

  /** Frees the room of what has left, once it is most of the queue: a shift for each frame would move all others. */
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

/** One function for all lines. */
const onTimer = (line: DelayLine | undefined): void => line?.timerFired();
