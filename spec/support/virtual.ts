import { Observable, VirtualTimeScheduler, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';

/** A frame, and when it came or left. */
export interface Timed {
  readonly atMs: number;
  readonly frame: Buffer;
}

/**
 * Everything that leaves an operator, in virtual time. Not marbles: a source that plans its next arrival at the last one
 * keeps the list of actions short, however many frames there are.
 *
 * @param arrivals In the order of time.
 */
export const inVirtualTime = (
  operatorOn: (scheduler: SchedulerLike) => MonoTypeOperatorFunction<Buffer>,
  arrivals: readonly Timed[],
): Timed[] => {
  const scheduler = new VirtualTimeScheduler();
  const left: Timed[] = [];
  let error: unknown;
  const source = new Observable<Buffer>((subscriber) => {
    const arrive = (index: number): void => {
      const next = arrivals[index];
      if (next === undefined) return subscriber.complete();
      const emit = (): void => {
        subscriber.next(next.frame);
        arrive(index + 1);
      };
      subscriber.add(scheduler.schedule(emit, next.atMs - scheduler.now()));
    };
    arrive(0);
  });
  source.pipe(operatorOn(scheduler)).subscribe({
    next: (frame) => left.push({ atMs: scheduler.now(), frame }),
    error: (reason: unknown) => (error = reason),
  });
  scheduler.flush();
  if (error !== undefined) throw error;
  return left;
};

/** Everything that leaves an operator when these frames come at once, until it completes or fails. */
export const outputOf = (
  operatorOn: (scheduler: SchedulerLike) => MonoTypeOperatorFunction<Buffer>,
  frames: readonly Buffer[],
): Buffer[] => {
  const scheduler = new VirtualTimeScheduler();
  const left: Buffer[] = [];
  const source = new Observable<Buffer>((subscriber) => {
    for (const frame of frames) subscriber.next(frame);
    subscriber.complete();
  });
  source.pipe(operatorOn(scheduler)).subscribe({ next: (frame) => left.push(frame), error: () => undefined });
  scheduler.flush();
  return left;
};

/** Frames of four bytes that say which they are, from 0. */
export const numbered = (count: number): Buffer[] => {
  const bytes = Buffer.alloc(count * 4);
  return Array.from({ length: count }, (_, index) => {
    bytes.writeUInt32LE(index, index * 4);
    return bytes.subarray(index * 4, index * 4 + 4);
  });
};

export const numberOf = (frame: Buffer): number => frame.readUInt32LE(0);
