import type { MonoTypeOperatorFunction, Subscriber, Subscription } from 'rxjs';
import { LightSubscriber, operate } from '../../streams/lightSubscriber';
import type { StageContext } from '../../stage';

/** Sets when a stream ends. The first condition that is met ends it. */
export interface EndCondition {
  /** Time after the connection began, or after the fault was added, in milliseconds. Traffic does not extend it. */
  readonly afterMs?: number;
  /** The exact number of bytes that pass before the end. */
  readonly afterBytes?: number;
  /** The number of frames that pass before the end. */
  readonly afterFrames?: number;
}

/** The command-line parameters of `EndCondition`. They share one key; the unit of the value selects one. */
export const afterParameters = {
  afterMs: { key: 'after', kind: 'duration', description: 'time after the connection began' },
  afterBytes: { key: 'after', kind: 'size', description: 'or number of bytes' },
  afterFrames: { key: 'after', kind: 'frames', description: 'or number of frames' },
} as const;

/**
 * Passes the stream until a condition is met, then ends it.
 *
 * It cuts the last frame at `afterBytes`.
 *
 * @param end Called to end the stream.
 * @param bytesBeforeHit Returns how many bytes of a frame pass before the stream ends in it. `Infinity`: the frame does
 *   not end the stream. Default: `Infinity`.
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

  /** Checks again when the timer fires, because a live change may have moved the time. `next` sees an earlier end. */
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
