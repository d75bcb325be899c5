import {
  BehaviorSubject,
  delay,
  map,
  mergeMap,
  Observable,
  skip,
  Subject,
  take,
  takeUntil,
  throwError,
  type MonoTypeOperatorFunction,
} from 'rxjs';
import type { ByteBudget } from '../../../lib/budget';
import { byteBudget } from '../../../lib/backpressure/byteBudget';
import { StageChain } from '../../../lib/stages/chain/stageChain';
import { stageContext } from '../../../lib/stages/stageContext';
import { StageCounts } from '../../../lib/stages/chain/stageCounts';
import type { ChainEntry, StageSlot } from '../../../lib/stages/chain/stageSlot';
import { latency } from '../../../lib/faults/latency';
import { stageContextsOf } from '../../support/stageContextsOf';
import { drawn } from '../../support/drawn';
import { marbles, type Marbles } from '../../support/marbles';
import { chunks } from '../../support/chunks';

const bytes = chunks('abcdAB');

type Operator = (flush$: Observable<unknown>) => MonoTypeOperatorFunction<Buffer>;

/** A chain with one place, in which each value of `operators$` takes the place of the one before. */
const swapped =
  (operators$: BehaviorSubject<Operator>, budget: ByteBudget): MonoTypeOperatorFunction<Buffer> =>
  (source) =>
    new Observable((out) => {
      let slot: StageSlot | undefined;
      const entry: ChainEntry = {
        name: 'swapped',
        counts: new StageCounts(),
        begin: ({ flush$ }, of) => {
          slot = of;
          return operators$.value(flush$);
        },
      };
      new StageChain(source, out, stageContextsOf(stageContext({ budget }))).start([entry]);
      out.add(operators$.pipe(skip(1)).subscribe(() => slot?.swap()));
    });

/** The operators of the diagrams, by letter. */
const operatorsIn = ({ scheduler }: Marbles): Record<string, Operator> => {
  const late =
    (delayMs: number): Operator =>
    (flush$) =>
      latency({ delayMs })(drawn({}, { scheduler, flush$ }));
  return {
    x: late(4),
    y: late(1),
    z: late(9),
    p: () => (source) => source,
    /** Takes its 5 ms, flushed or not. */
    s: () => delay(5),
    u: () => map((frame) => Buffer.from(String(frame).toUpperCase())),
    o: () => take(1),
    f: (flush$) => takeUntil(flush$),
    e: () => mergeMap(() => throwError(() => 'error')),
  };
};

describe('StageSlot', () => {
  const passes = (changes: string, source: string, expected: string, unsubscribed?: string) => {
    const budget = byteBudget();
    marbles((helpers) => {
      const { cold, expectObservable } = helpers;
      const known = operatorsIn(helpers);
      const operators$ = new BehaviorSubject(known[changes[0]!]!);
      cold(`-${changes.slice(1)}`, known).subscribe(operators$);
      const passed = cold(source, bytes).pipe(swapped(operators$, budget));
      expectObservable(passed, unsubscribed).toBe(expected, bytes, expect.anything());
    });
    expect([budget.bufferedFrames, budget.bufferedBytes]).toEqual([0, 0]);
  };

  it('flushes what the old operator buffers, and continues through the new one', () => {
    const changes = ' x----y     ';
    const source = '  a--b---c--|';
    const expected = '----ab--c-|';
    passes(changes.trim(), source.trim(), expected);
  });

  it('loses nothing and reorders nothing when it changes again and again', () => {
    const changes = 'z--y----p    ';
    const source = ' ab-----cd---|';
    const expected = '---(ab)-(cd)|';
    passes(changes.trim(), source.trim(), expected);
  });

  it('buffers what arrives while the old operator still works', () => {
    passes('sp', 'a-b-------|', '-----(ab)-|');
  });

  it('continues through the last one, when several followed', () => {
    passes('su-p', 'a---b------|', '-----(ab)--|');
    passes('sp-u', 'a---b------|', '-----(aB)--|');
  });

  it('completes behind what is buffered, when the source completed meanwhile', () => {
    passes('sp', 'a-b|', '-----(ab|)');
    passes('z--y', 'ab|', '---(ab|)');
  });

  it('completes when an operator does so by itself, also at a flush', () => {
    passes('o', 'ab|', '(a|)');
    passes('f-p', 'a-b-|', 'a-|');
  });

  it('follows never, empty and error', () => {
    passes('x', '-', '-');
    passes('x', '|', '|');
    passes('x', 'a-#', '--#');
    passes('sp', 'a-b#', '---#');
    passes('p-e', 'a-b-|', 'a-#');
  });

  it('refunds what it buffered when it is unsubscribed', () => passes('sp', 'a-b-c', '----', '---!'));

  it('charges what it buffers', () => {
    marbles((helpers) => {
      const { cold, flush } = helpers;
      const { s, p } = operatorsIn(helpers);
      const budget = byteBudget();
      const operators$ = new BehaviorSubject(s!);
      const held: number[] = [];
      cold('a-bc-----|', bytes).pipe(swapped(operators$, budget)).subscribe();
      cold('-x').subscribe(() => operators$.next(p!));
      cold('----x-x').subscribe(() => held.push(budget.bufferedFrames));
      flush();
      expect(held).toEqual([2, 0]);
    });
  });

  it('keeps the order when what it hands on lets more in', () => {
    marbles((helpers) => {
      const { cold, flush } = helpers;
      const { s, p } = operatorsIn(helpers);
      const budget = byteBudget();
      const operators$ = new BehaviorSubject(s!);
      const source = new Subject<Buffer>();
      const seen: string[] = [];
      source.pipe(swapped(operators$, budget)).subscribe((frame) => {
        seen.push(String(frame));
        if (seen.length === 2) source.next(bytes['d']!);
      });
      cold('a', bytes).subscribe((frame) => source.next(frame));
      cold('-x').subscribe(() => operators$.next(p!));
      cold('--bc', bytes).subscribe((frame) => source.next(frame));
      flush();
      expect(seen).toEqual(['a', 'b', 'c', 'd']);
    });
  });
});
