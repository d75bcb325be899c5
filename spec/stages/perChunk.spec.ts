import {
  concat,
  delay,
  EMPTY,
  ignoreElements,
  map,
  mergeMap,
  of,
  throwError,
  timer,
  type MonoTypeOperatorFunction,
} from 'rxjs';
import { perChunk } from '../../lib/stages/perChunk';
import { marbles } from '../support/marbles';
import { stageContext } from '../../lib/stages/stageContext';
import { chunks } from '../support/chunks';

const bytes = chunks('abcdefAB');

/** Takes 4 ms over `a`, 1 ms over everything else. */
const uneven: MonoTypeOperatorFunction<Buffer> = mergeMap((chunk) =>
  of(chunk).pipe(delay(chunk.equals(bytes['a']!) ? 4 : 1)),
);

describe('perChunk', () => {
  const passes = (operator: MonoTypeOperatorFunction<Buffer>, source: string, expected: string) =>
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold(source, bytes).pipe(perChunk(operator)(stageContext()))).toBe(expected, bytes);
    });

  it('delays each chunk by itself', () => passes(delay(2), '-a--b------|', '---a--b----|'));

  it('keeps the order of arrival when a later chunk is done first', () => passes(uneven, '-ab-------|', '-----(ab)-|'));

  it('completes when the last buffered chunk was emitted', () => passes(delay(4), '-a-b|', '-----a-(b|)'));

  it('passes a synchronous operator as it is', () => {
    passes(
      map((chunk) => Buffer.from(chunk.toString().toUpperCase())),
      'a--b-|',
      'A--B-|',
    );
  });

  it('lets an operator drop and multiply a chunk', () => {
    passes(ignoreElements(), 'a--b-|', '-----|');
    passes((chunk) => concat(chunk, chunk.pipe(delay(2))), 'a----|', 'a-a--|');
  });

  it('follows never, empty and error', () => {
    passes(delay(1), '-', '-');
    passes(delay(1), '|', '|');
    passes(delay(3), 'a-#', '--#');
  });

  it('errors when the operator fails, early or late, or cannot be applied', () => {
    const refuse: MonoTypeOperatorFunction<Buffer> = () => {
      throw 'error';
    };
    passes(() => throwError(() => 'error'), '--a', '--#');
    passes(() => timer(2).pipe(mergeMap(() => throwError(() => 'error'))), '-a--', '---#');
    passes(refuse, '--a', '--#');
  });

  it('charges a chunk until what was made of it was handed on', () => {
    marbles(({ cold, flush }) => {
      const context = stageContext();
      const held: number[] = [];
      cold('ab--------|', bytes)
        .pipe(perChunk(uneven)(context))
        .subscribe(() => held.push(context.budget.bufferedFrames));
      cold('---x').subscribe(() => expect(context.budget.bufferedFrames).toBe(3));
      flush();
      expect(held).toEqual([3, 3]);
      expect(context.budget.bufferedBytes).toBe(0);
      expect(context.budget.bufferedFrames).toBe(0);
    });
  });

  it('refunds everything when it is unsubscribed, fails or its source does', () => {
    marbles(({ cold, hot, flush, expectObservable }) => {
      const contexts = [stageContext(), stageContext()] as const;
      const source = hot('ab--', bytes);
      expectObservable(source.pipe(perChunk(delay(9))(contexts[0])), '---!').toBe('----');
      expectObservable(cold('ab-#', bytes).pipe(perChunk(delay(9))(contexts[1]))).toBe('---#');
      flush();
      expect(contexts.map(({ budget }) => budget.bufferedFrames)).toEqual([0, 0]);
    });
  });

  it('cancels the operator of every chunk when it is unsubscribed', () => {
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const inner = cold('----x', { x: bytes['a']! });
      expectObservable(hot('-a-a-', bytes).pipe(perChunk(() => inner)(stageContext())), '^---!').toBe('-----');
      expectSubscriptions(inner.subscriptions).toBe(['-^--!', '---^!']);
    });
  });

  it('closes the budget at its mark, and opens it when half is handed on', () => {
    marbles(({ cold, flush }) => {
      const context = stageContext();
      const { budget } = context;
      const open: string[] = [];
      budget.open$.subscribe((isOpen) => open.push(isOpen ? 'open' : 'closed'));
      const big = Buffer.alloc(9 * 1024 * 1024);
      cold('aa--|', { a: big })
        .pipe(perChunk(delay(3))(context))
        .subscribe();
      flush();
      expect(open).toEqual(['closed', 'open']);
    });
  });

  it('leaves no chunk behind when the operator completes without one', () => {
    const context = stageContext();
    const seen: unknown[] = [];
    of(bytes['a']!)
      .pipe(perChunk(() => EMPTY)(context))
      .subscribe({ next: (x) => seen.push(x), complete: () => seen.push('end') });
    expect(seen).toEqual(['end']);
    expect(context.budget.bufferedFrames).toBe(0);
  });
});
