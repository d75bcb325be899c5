import { Observable, Subject, take } from 'rxjs';
import { delayLine, type DelayPolicy } from '../../../lib/faults/kit/delayLine';
import { drawn } from '../../support/drawn';
import { marbles } from '../../support/marbles';
import { chunks } from '../../support/chunks';

const bytes = chunks('abcd');

/** Returns a plan that delays each letter by its own time. */
const dueIn =
  (delaysMs: Readonly<Record<string, number>>): DelayPolicy['plan'] =>
  (frame, nowMs, departures) =>
    departures.leave(frame.byteLength, nowMs + (delaysMs[String(frame)] ?? 0));
const three = dueIn({ a: 3, b: 3, c: 3, d: 3 });
const uneven = dueIn({ a: 6, b: 2 });

describe('delayLine', () => {
  const passes = (options: DelayPolicy, source: string, expected: string, values = bytes) =>
    marbles(({ cold, scheduler, expectObservable, flush }) => {
      const context = drawn({}, { scheduler });
      expectObservable(cold(source, values).pipe(delayLine(options, context))).toBe(expected, values);
      flush();
      expect(context.budget.bufferedFrames).toBe(0);
    });

  it('buffers each frame until it is due and completes after the last one', () => {
    marbles(({ hot, scheduler, expectObservable, expectSubscriptions }) => {
      const source = hot('  a--b--(c|)   ', bytes);
      const expected = '    ---a--b--(c|)';
      const subscribed = '  ^-----!      ';
      expectObservable(source.pipe(delayLine({ plan: three }, drawn({}, { scheduler })))).toBe(expected, bytes);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  it('lets a frame overtake one that is due later with byTime', () => {
    passes({ plan: uneven, byTime: () => true }, 'ab-----|', '---b--a|');
  });

  it('keeps the order of arrival without byTime', () => passes({ plan: uneven }, 'ab--------|', '------(ab)|'));

  it('emits everything at once and in order at a flush, and delays nothing afterwards', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const flush$ = new Subject<void>();
      const context = drawn({}, { scheduler, flush$ });
      const source = '  abc-----d|';
      const flushed = ' ---x      ';
      const expected = '---(abc)d|';
      cold(flushed).subscribe(() => flush$.next());
      const plan = dueIn({ a: 9, b: 9, c: Infinity, d: 9 });
      expectObservable(cold(source, bytes).pipe(delayLine({ plan }, context))).toBe(expected, bytes);
    });
  });

  it('completes after the frames that a flush emits', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const flush$ = new Subject<void>();
      cold('---x').subscribe(() => flush$.next());
      const operator = delayLine({ plan: dueIn({ a: Infinity }) }, drawn({}, { scheduler, flush$ }));
      expectObservable(cold('ab|', bytes).pipe(operator)).toBe('---(ab|)', bytes);
    });
  });

  it('discards and counts buffered bytes when the source fails', () => {
    marbles(({ cold, scheduler, expectObservable, flush }) => {
      const context = drawn({}, { scheduler });
      expectObservable(cold('a-#', bytes).pipe(delayLine({ plan: three }, context))).toBe('--#');
      flush();
      expect(Object.fromEntries(context.counts)).toMatchObject({ discardedBytes: 1 });
      expect(context.budget.bufferedFrames).toBe(0);
    });
  });

  it('schedules one timer for frames that are due together, and none for an empty queue', () => {
    marbles(({ cold, scheduler, flush }) => {
      let wakes = 0;
      const counted: Pick<typeof scheduler, 'now' | 'schedule'> = {
        now: () => scheduler.now(),
        schedule: (work, delayMs, state) => {
          wakes += 1;
          return scheduler.schedule(work, delayMs, state);
        },
      };
      cold('(abcd|)', bytes)
        .pipe(delayLine({ plan: three }, drawn({}, { scheduler: counted })))
        .subscribe();
      flush();
      expect(wakes).toBe(1);
    });
  });

  it('asks the clock whether a frame is due when a timer fires early', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const early: Pick<typeof scheduler, 'now' | 'schedule'> = {
        now: () => scheduler.now(),
        schedule: (work, delayMs = 0, state) => scheduler.schedule(work, Math.max(1, delayMs - 1), state),
      };
      const operator = delayLine({ plan: three }, drawn({}, { scheduler: early }));
      expectObservable(cold('a-----|', bytes).pipe(operator)).toBe('---a--|', bytes);
    });
  });

  describe('of a frame that leaves in parts', () => {
    const values = { w: Buffer.from('abcd'), x: Buffer.from('ab'), y: Buffer.from('cd'), z: Buffer.from('d') };
    const parts =
      (...dues: readonly number[]): DelayPolicy['plan'] =>
      (_frame, nowMs, departures) => {
        for (const dueMs of dues) {
          if (dueMs < 0) departures.drop(1);
          else departures.leave(1, nowMs + dueMs);
        }
      };

    it('emits parts that are due together as one', () => {
      passes({ plan: parts(1, 1, 3, 3) }, 'w---|', '-x-y|', values);
    });

    it('keeps parts separate with keepsPieces', () => {
      passes({ plan: parts(1, 1, 1, 1), keepsPieces: true }, 'w------|', '-(abcd)|', { ...values, ...bytes });
    });

    it('omits dropped parts', () => passes({ plan: parts(0, 0, -1, 0) }, 'w---|', '(xz)|', values));

    it('passes a frame whole without copying it', () => {
      const seen: Buffer[] = [];
      new Observable<Buffer>((subscriber) => subscriber.next(values.w))
        .pipe(delayLine({ plan: parts(0, 0, 0, 0) }, drawn({})))
        .subscribe((frame) => seen.push(frame));
      expect(seen[0]).toBe(values.w);
    });
  });

  it('buffers nothing after the subscriber has unsubscribed, even if the source continues', () => {
    marbles(({ scheduler }) => {
      const context = drawn({}, { scheduler });
      const eager = new Observable<Buffer>((subscriber) => {
        for (const frame of Object.values(bytes)) subscriber.next(frame);
      });
      const seen: string[] = [];
      const plan = dueIn({ b: 5, c: 5 });
      eager.pipe(delayLine({ plan }, context), take(1)).subscribe((frame) => seen.push(String(frame)));
      expect(seen).toEqual(['a']);
      expect([context.budget.bufferedFrames, scheduler.actions.length]).toEqual([0, 0]);
    });
  });

  it('keeps the order when an emitted frame lets the source resume', () => {
    for (const flushed of [false, true]) {
      marbles(({ cold, scheduler, flush }) => {
        const flush$ = new Subject<void>();
        const context = drawn({}, { scheduler, flush$ });
        const source = new Subject<Buffer>();
        const seen: string[] = [];
        const plan = dueIn({ a: 3, b: 9 });
        const operator = delayLine({ plan, highWaterMark: 2 * 1025 }, context);
        source.pipe(operator).subscribe((frame) => seen.push(String(frame)));
        context.budget.open$.subscribe((isOpen) => isOpen && source.next(bytes['c']!));
        for (const letter of ['a', 'b']) source.next(bytes[letter]!);
        cold(flushed ? '-x' : '-').subscribe(() => flush$.next());
        flush();
        expect(seen).toEqual(['a', 'b', 'c']);
      });
    }
  });
});
