import {
  BehaviorSubject,
  concat,
  delay,
  finalize,
  ignoreElements,
  map,
  merge,
  NEVER,
  Observable,
  of,
  Subject,
  switchMap,
  take,
  throwError,
  timer,
  toArray,
  type MonoTypeOperatorFunction,
} from 'rxjs';
import { EchoError } from '../../../lib/errors';
import type { ByteBudget } from '../../../lib/budget';
import { perChunk } from '../../../lib/stages/perChunk';
import { StageChain } from '../../../lib/stages/chain/stageChain';
import { stageContext, type TestStageContext } from '../../../lib/stages/stageContext';
import { chainEntryOf, stageName } from '../../../lib/stages/composeStages';
import type { Stage } from '../../../lib/stage';
import { stageContextsOf } from '../../support/stageContextsOf';
import { marbles } from '../../support/marbles';
import { chunks } from '../../support/chunks';

const bytes = chunks('abcdefgABCDEFG');

/** A stream through chains of stages, one after the other. */
const chained =
  (
    stages$: BehaviorSubject<readonly Stage[]>,
    context: TestStageContext,
    budget: ByteBudget = context.budget,
  ): MonoTypeOperatorFunction<Buffer> =>
  (source) =>
    new Observable((out) => {
      const entries = new Map<Stage, ReturnType<typeof chainEntryOf>>();
      const entriesOf = (stages: readonly Stage[]) =>
        stages.map((stage) => {
          const entry = entries.get(stage) ?? chainEntryOf(stage, stageName(stage, 0));
          entries.set(stage, entry);
          return entry;
        });
      const chain = new StageChain(source, out, stageContextsOf({ ...context, budget }));
      let started = false;
      out.add(
        stages$.subscribe((stages) => {
          if (started) chain.change(entriesOf(stages));
          else chain.start(entriesOf(stages));
          started = true;
        }),
      );
    });

const stageOf =
  (operator: MonoTypeOperatorFunction<Buffer>): Stage =>
  () =>
    operator;

const upper: Stage = () => map((frame) => upperCase(frame));

/** Reads only after so long. */
const late =
  (delayMs: number): Stage =>
  () =>
  (source) =>
    concat(pause(delayMs), source);

/** Joins two frames into one, and holds the first until the second comes. */
const pairs: Stage = () => (source) =>
  new Observable((subscriber) => {
    let first: Buffer | undefined;
    return source.subscribe({
      next: (frame) => {
        if (first === undefined) first = frame;
        else {
          subscriber.next(Buffer.concat([first, frame]));
          first = undefined;
        }
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => {
        if (first) subscriber.next(first);
        subscriber.complete();
      },
    });
  });

describe('StageChain', () => {
  const passes = (
    stages: readonly Stage[],
    source: string,
    expected: string,
    changes: { readonly at?: string; readonly to?: Record<string, readonly Stage[]> } = {},
    values: Record<string, Buffer> = bytes,
  ) => {
    const context = stageContext();
    marbles(({ cold, expectObservable }) => {
      const stages$ = new BehaviorSubject(stages);
      const { at = '-', to = {} } = changes;
      cold(at).subscribe((letter) => stages$.next(to[letter]!));
      expectObservable(cold(source, bytes).pipe(chained(stages$, context))).toBe(expected, values, expect.anything());
    });
    expect(context.budget).toMatchObject({ bufferedFrames: 0, bufferedBytes: 0, open: true });
  };

  describe('with a stage that reads late', () => {
    it('loses nothing of the stages upstream', () => {
      passes([late(3)], 'a-b|', '---a-b|');
      passes([upper, late(3), upper], 'a-b|', '---A-B|');
      passes([late(3), late(2)], 'a-b|', '-----a-b|');
    });

    it('subscribes to the source only then', () => {
      marbles(({ hot, expectObservable, expectSubscriptions }) => {
        const source = hot('  a--b--c|');
        const subscribed = '  ----^--!';
        const stages$ = new BehaviorSubject<readonly Stage[]>([upper, late(4)]);
        expectObservable(
          source.pipe(
            map(() => bytes['a']!),
            chained(stages$, stageContext()),
          ),
        ).toBe('------A|', bytes);
        expectSubscriptions(source.subscriptions).toBe(subscribed);
      });
    });

    it('delivers behind a greeting', () => {
      const greeting: Stage = () => (source) => concat(timer(2).pipe(map(() => bytes['g']!)), source);
      passes([greeting], '---a-b|', '--g--a-b|');
    });

    it('hands on an error of the source', () => passes([late(3)], 'a-#', '---a-#'));
  });

  describe('with a stage that reads, pauses and reads again', () => {
    const again =
      (pauseMs: number): Stage =>
      () =>
      (source) =>
        concat(source.pipe(take(1)), pause(pauseMs), source);

    it('keeps what comes in between, in order', () => {
      passes([again(5)], 'a-b-c-----d|', 'a----(bc)-d|');
      passes([upper, again(5), upper], 'a-b-c-----d|', 'A----(BC)-D|');
    });

    it('keeps the end that comes in between', () => {
      passes([again(5)], 'a-b|', 'a----(b|)');
      passes([again(5)], 'a-b#', 'a----(b#)');
      passes([again(5)], 'a-|', 'a----|');
    });

    it('closes the budget while something waits', () => {
      marbles(({ cold, flush }) => {
        const context = stageContext();
        const open: boolean[] = [];
        cold('a-b-------|', bytes)
          .pipe(chained(new BehaviorSubject<readonly Stage[]>([again(5)]), context))
          .subscribe();
        cold('-x-x--x').subscribe(() => open.push(context.budget.open));
        flush();
        expect(open).toEqual([true, false, true]);
      });
    });

    it('refunds what it buffered when it is unsubscribed', () => {
      const { budget } = stageContext();
      const source = new Subject<Buffer>();
      const stages$ = new BehaviorSubject<readonly Stage[]>([() => (input) => concat(input.pipe(take(1)), NEVER)]);
      const subscription = source.pipe(chained(stages$, stageContext({ budget }))).subscribe();
      for (const letter of 'abc') source.next(bytes[letter]!);
      expect([budget.bufferedFrames, budget.open]).toEqual([2, false]);
      subscription.unsubscribe();
      expect([budget.bufferedFrames, budget.open, source.observed]).toEqual([0, true, false]);
    });
  });

  it('feeds a stage that reads twice at once', () => {
    const both: Stage = () => (source) => merge(source, source.pipe(map((frame) => upperCase(frame))));
    passes([both], 'a-------b----|', '(aA)----(bB)-|');
  });

  describe('that changes', () => {
    const values = { ...bytes, x: Buffer.from('aB'), y: Buffer.from('ab'), z: Buffer.from('AB') };
    const changes = (before: readonly Stage[], after: readonly Stage[], source: string, expected: string, at: string) =>
      passes(before, source, expected, { at, to: { r: after } }, values);

    it('keeps the stages that stay, with what they buffer', () => {
      changes([pairs], [upper, pairs], 'a---b|', '----x|', '--r');
      changes([pairs, upper], [pairs], 'a---b|', '----y|', '--r');
      changes([upper, pairs], [pairs, upper], 'a---b|', '----z|', '--r');
    });

    it('completes a stage that is taken out, and nothing waits there any more', () => {
      changes([pairs], [], 'a---b|', '--a-b|', '--r');
    });

    it('passes what the first of two leaving stages buffers through the second', () => {
      changes([pairs, upper], [], 'a---b|', '--A-b|', '--r');
    });

    it('emits what a leaving stage buffers before what its successor emits', () => {
      const slow: Stage = (context) => perChunk(delay(5))(context);
      changes([slow], [upper], 'a-b-|', '-----(aB|)', '-r');
    });

    it('begins a stage that comes in front of one that was yet to read when that reads', () => {
      const stage = late(4);
      changes([stage], [upper, stage], 'a-b|', '----A-B|', '--r');
    });

    it('takes out a stage that was yet to read', () => {
      changes([late(9)], [], 'a-b|', '--a-b|', '--r');
    });
  });

  it('ends upstream when a stage has enough, and delivers what is buffered downstream', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-b-c|', bytes);
      const slow: Stage = (context) => perChunk(delay(4))(context);
      const stages$ = new BehaviorSubject<readonly Stage[]>([stageOf(take(2)), slow]);
      expectObservable(source.pipe(chained(stages$, stageContext()))).toBe('----a-(b|)', bytes);
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
  });

  describe('with a stage that breaks', () => {
    const outcome = (stage: Stage, source: Observable<Buffer> = of(bytes['a']!), feed = (): void => undefined) => {
      const context = stageContext();
      const seen: unknown[] = [];
      const bad = Object.defineProperty((each: Parameters<Stage>[0]) => stage(each), 'name', { value: 'bad' });
      const subscription = source
        .pipe(
          chained(new BehaviorSubject<readonly Stage[]>([upper, bad, upper]), context),
          map((frame) => String(frame)),
          toArray(),
        )
        .subscribe({
          next: (values) => seen.push(...values),
          error: (error: unknown) => seen.push(error),
        });
      feed();
      subscription.unsubscribe();
      return { seen, said: context.logged };
    };
    const boom = (): never => {
      throw new Error('boom');
    };

    it('in a teardown, at the end, on purpose or from outside: reports the stage, and throws nothing', () => {
      const said = ['127.0.0.1:50000: The stage "bad" failed: boom'];
      expect(outcome(() => finalize(boom))).toEqual({ seen: ['A'], said });
      const source = new Subject<Buffer>();
      const feed = () => source.next(bytes['a']!);
      expect(outcome(() => (input) => input.pipe(finalize(boom), take(1)), source, feed)).toEqual({
        seen: ['A'],
        said,
      });
      expect(outcome(() => finalize(boom), NEVER)).toEqual({ seen: [], said });
      expect(
        outcome(
          () => finalize(boom),
          throwError(() => new EchoError('ERR_ECHO_CONNECTION', 'reset')),
        ),
      ).toMatchObject({ seen: [{ code: 'ERR_ECHO_CONNECTION' }], said });
    });

    it('in the middle of the stream, in a teardown: ends the stream with its name', () => {
      const inner: Stage = () => switchMap((frame) => concat(of(frame), NEVER).pipe(finalize(boom)));
      expect(outcome(inner, concat(of(bytes['a']!, bytes['b']!), NEVER)).seen).toMatchObject([
        { code: 'ERR_ECHO_STAGE', message: 'The stage "bad" failed: boom' },
      ]);
    });

    it.each([
      ['undefined', undefined],
      ['null', null],
      ['string', 'a'],
      ['an array', [bytes['a']]],
    ])('by emitting %s: reports the value and the stage', (what, value) => {
      const emits: Stage = () => map(() => value as unknown as Buffer);
      expect(outcome(emits).seen).toMatchObject([
        { code: 'ERR_ECHO_STAGE', message: `The stage "bad" emitted ${what}; expected a Buffer` },
      ]);
    });
  });
});

const upperCase = (frame: Buffer): Buffer => Buffer.from(String(frame).toUpperCase());

const pause = (pauseMs: number): Observable<never> => timer(pauseMs).pipe(ignoreElements());
