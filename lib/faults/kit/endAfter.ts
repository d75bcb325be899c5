import type { MonoTypeOperatorFunction, Subscriber, Subscription } from 'rxjs';
import { LightSubscriber, operate } from '../../streams/lightSubscriber';
import type { StageContext } from '../../stage';

/** When a stream ends on purpose; the first of them that comes. */
export interface EndCondition {
  /** So long after the connection began (or the fault was added), however busy it is, in milliseconds. */
  readonly afterMs?: number;
  /** When exactly so many bytes have passed. */
  readonly afterBytes?: number;
  /** When so many frames have passed. */
  readonly afterFrames?: number;
}

/** The parameters of `EndCondition`: one word, told apart by the unit. */
export const afterParameters = {
  afterMs: { key: 'after', kind: 'duration', description: 'so long after the connection began' },
  afterBytes: { key: 'after', kind: 'size', description: 'or after so many bytes' },
  afterFrames: { key: 'after', kind: 'frames', description: 'or after so many frames: 10frames' },
} as const;

/**
 * Passes the stream until its time has come, then ends it with `end`; a frame is cut where the bytes are full.
 *
 * @param bytesBeforeHit How much of a frame passes before the stream ends in it. Default: all, and it does not end.
 */
export const endAfter = (
  options: () => EndCondition,
  context: StageContext,
  end: (out: Subscriber<Buffer>) => void,
  bytesBeforeHit: (frame: Buffer) => number = () => Infinity,
): MonoTypeOperatorFunction<Buffer> =>
  operate((out) => new EndAfterSubscriber(out, options, context, end, bytesBeforeHit));

class EndAfterSubscriber extends LightSubscriber<Buffer> {
  readonly #passed: { bytes: number; frames: number; readonly startMs: number };
  #timer: Subscription | undefined;

  constructor(
    private readonly out: Subscriber<Buffer>,
    private readonly options: () => EndCondition,
    private readonly context: StageContext,
    private readonly end: (out: Subscriber<Buffer>) => void,
    private readonly bytesBeforeHit: (frame: Buffer) => number,
  ) {
    super();
    const { state, scheduler } = context;
    this.#passed = state('passed', () => ({ bytes: 0, frames: 0, startMs: scheduler.now() }));
    this.#endInTime();
  }

  next(frame: Buffer): void {
    if (this.closed) return;
    if (this.#leftMs <= 0) return this.#endNow();
    const { afterBytes = Infinity, afterFrames = Infinity } = this.options();
    const passed = this.#passed;
    const beforeHit = this.bytesBeforeHit(frame);
    const left = Math.max(0, Math.min(afterBytes - passed.bytes, beforeHit));
    const fitting = frame.byteLength <= left ? frame : frame.subarray(0, left);
    passed.bytes += fitting.byteLength;
    passed.frames += 1;
    if (fitting.byteLength > 0) this.out.next(fitting);
    if (beforeHit < Infinity || passed.bytes >= afterBytes || passed.frames >= afterFrames) this.#endNow();
  }

  error(error: unknown): void {
    this.out.error(error);
  }

  complete(): void {
    this.out.complete();
  }

  override unsubscribe(): void {
    super.unsubscribe();
    this.#timer?.unsubscribe();
  }

  get #leftMs(): number {
    const { afterMs } = this.options();
    return afterMs === undefined ? Infinity : this.#passed.startMs + afterMs - this.context.scheduler.now();
  }

  /** Asked again when it was to be: a live change may have put it off, or brought it on (then at the next frame). */
  #endInTime(): void {
    const leftMs = this.#leftMs;
    if (leftMs <= 0) this.#endNow();
    else if (leftMs < Infinity) this.#timer = this.context.scheduler.schedule(() => this.#endInTime(), leftMs);
  }

  #endNow(): void {
    if (this.out.closed) return;
    this.context.count('ended');
    this.context.recordDecision?.({ action: 'end', offset: this.#passed.bytes });
    this.end(this.out);
  }
}
