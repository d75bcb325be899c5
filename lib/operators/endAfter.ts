import { Observable, type MonoTypeOperatorFunction, type Subscriber } from 'rxjs';
import type { StageContext } from '../stage';

/** When a stream ends on purpose; the first of them that comes. */
export interface After {
  /** So long after the connection began (or the fault was added), however busy it is, in milliseconds. */
  readonly afterMs?: number;
  /** When exactly so many bytes have passed. */
  readonly afterBytes?: number;
  /** When so many frames have passed. */
  readonly afterFrames?: number;
}

/** The parameters of `After`: one word, told apart by the unit. */
export const afterParameters = {
  afterMs: { word: 'after', kind: 'duration', says: 'so long after the connection began' },
  afterBytes: { word: 'after', kind: 'size', says: 'or after so many bytes' },
  afterFrames: { word: 'after', kind: 'frames', says: 'or after so many frames: 10frames' },
} as const;

/**
 * Passes the stream until its time has come, then ends it with `end`; a frame is cut where the bytes are full.
 *
 * @param bytesBeforeHit How much of a frame passes before the stream ends in it. Default: all, and it does not end.
 */
export const endAfter =
  (
    options: () => After,
    context: StageContext,
    end: (subscriber: Subscriber<Buffer>) => void,
    bytesBeforeHit: (frame: Buffer) => number = () => Infinity,
  ): MonoTypeOperatorFunction<Buffer> =>
  (source) =>
    new Observable((subscriber) => {
      const { scheduler } = context;
      const passed = context.keep('passed', () => ({ bytes: 0, frames: 0, startMs: scheduler.now() }));
      const endNow = (): void => {
        if (subscriber.closed) return;
        context.count('ended');
        context.decided?.({ action: 'end', offset: passed.bytes });
        end(subscriber);
      };
      const leftMs = (): number => passed.startMs + (options().afterMs ?? Infinity) - scheduler.now();
      // Asked again when it was to be: a live change may have put it off, or brought it on (then at the next frame).
      const endInTime = (): void => {
        if (leftMs() <= 0) return endNow();
        if (leftMs() < Infinity) subscriber.add(scheduler.schedule(endInTime, leftMs()));
      };
      endInTime();
      if (subscriber.closed) return;
      subscriber.add(
        source.subscribe({
          next: (frame) => {
            if (leftMs() <= 0) return endNow();
            const { afterBytes = Infinity, afterFrames = Infinity } = options();
            const beforeHit = bytesBeforeHit(frame);
            const left = Math.max(0, Math.min(afterBytes - passed.bytes, beforeHit));
            const fitting = frame.byteLength <= left ? frame : frame.subarray(0, left);
            passed.bytes += fitting.byteLength;
            passed.frames += 1;
            if (fitting.byteLength > 0) subscriber.next(fitting);
            if (beforeHit < Infinity || passed.bytes >= afterBytes || passed.frames >= afterFrames) endNow();
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    });
