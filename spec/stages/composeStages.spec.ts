import {
  catchError,
  concatWith,
  delay,
  EMPTY,
  map,
  mergeMap,
  NEVER,
  of,
  range,
  take,
  throwError,
  throwIfEmpty,
  toArray,
  type Observable,
} from 'rxjs';
import { EchoError } from '../../lib/errors';
import { perChunk } from '../../lib/stages/perChunk';
import { pulled } from '../../lib/stages/pulled';
import { composeStages } from '../../lib/stages/composeStages';
import type { Stage } from '../../lib/stage';
import { marbles } from '../support/marbles';
import { testConnection } from '../support/peer';
import { stageContext } from '../../lib/stages/stageContext';
import { stageContextsOf } from '../support/stageContextsOf';
import { chunks } from '../support/chunks';

const bytes = chunks();
const suffix =
  (letter: string): Stage =>
  () =>
    map((chunk) => Buffer.concat([chunk, Buffer.from(letter)]));

describe('composeStages', () => {
  const peer = testConnection();
  const outcome = (stages: readonly Stage[], source: Observable<Buffer> = of(bytes['a']!)) => {
    const seen: unknown[] = [];
    const compose = composeStages(stages, () => stageContextsOf(stageContext()));
    try {
      source
        .pipe(
          compose(peer),
          map((chunk) => chunk.toString()),
          toArray(),
        )
        .subscribe({
          next: (values) => seen.push(...values),
          error: (error: unknown) => seen.push(error),
        });
    } catch (error) {
      seen.push(error);
    }
    return seen;
  };

  it('returns the source itself without stages', () => {
    const source = of(bytes['a']!);
    expect(composeStages([])(peer)(source)).toBe(source);
  });

  it('composes stages in the order given', () => {
    expect(outcome([suffix('1'), suffix('2'), suffix('3')])).toEqual(['a123']);
  });

  it('makes a new operator for each peer, with the context of that peer', () => {
    const ids: number[] = [];
    const stage: Stage = ({ id }) => {
      ids.push(id);
      return (source) => source;
    };
    const compose = composeStages([stage], ({ id }) => stageContextsOf(stageContext({ id })));
    for (const id of [4, 5]) NEVER.pipe(compose(testConnection({ id }))).subscribe();
    expect(ids).toEqual([4, 5]);
  });

  it('names the stage that threw, and keeps what it threw as the cause', () => {
    const boom = new TypeError('boom');
    const fussy: Stage = () => mergeMap(() => throwError(() => boom));
    const [error] = outcome([suffix('1'), fussy, suffix('2')]);
    expect(error).toMatchObject({ code: 'ERR_ECHO_STAGE', message: 'The stage "fussy" failed: boom', cause: boom });
  });

  it('names the stage that threw when it was made', () => {
    const broken: Stage = () => {
      throw new Error('no file');
    };
    expect(outcome([broken])).toMatchObject([
      { code: 'ERR_ECHO_STAGE', message: 'The stage "broken" failed: no file' },
    ]);
  });

  it('calls a stage without a name by its place', () => {
    expect(outcome([suffix('1'), () => mergeMap(() => throwError(() => 'x'))])).toMatchObject([
      { message: 'The stage "stage 2" failed: x' },
    ]);
  });

  it('leaves an error that came down the stream, or is ours, as it is', () => {
    const reset = new EchoError('ERR_ECHO_CONNECTION', 'reset');
    expect(
      outcome(
        [suffix('1')],
        throwError(() => reset),
      ),
    ).toEqual([reset]);
    const fault = new EchoError('ERR_ECHO_RESET', 'on purpose');
    expect(outcome([() => mergeMap(() => throwError(() => fault)), suffix('1')])).toEqual([fault]);
  });

  it('names the stage that threw at the end of the stream, or after it', () => {
    const atTheEnd: Stage = () => throwIfEmpty(() => new Error('nothing came'));
    expect(outcome([suffix('1'), atTheEnd, suffix('2')], EMPTY)).toMatchObject([
      { message: 'The stage "atTheEnd" failed: nothing came' },
    ]);
    const after: Stage = () => concatWith(throwError(() => new Error('boom')));
    expect(outcome([suffix('1'), after, suffix('2')]).at(-1)).toMatchObject({
      message: 'The stage "after" failed: boom',
    });
  });

  it('ends a stage that emits without end when the one after it has enough', () => {
    const endless: Stage = () => () => range(0, Infinity).pipe(map(() => bytes['a']!));
    expect(outcome([endless, () => take(2)])).toEqual(['a', 'a']);
  });

  it('lets a stage handle what came down the stream', () => {
    expect(
      outcome(
        [() => catchError(() => EMPTY)],
        throwError(() => 'x'),
      ),
    ).toEqual([]);
  });
});

describe('composeStages, watching for what emits on its own time', () => {
  const said = (...stages: readonly Stage[]) => {
    const context = stageContext();
    marbles(({ cold, flush }) => {
      const compose = composeStages(stages, () => stageContextsOf(context));
      for (const id of [1, 2])
        cold('ab-|', bytes)
          .pipe(compose(testConnection({ id })))
          .subscribe();
      flush();
    });
    return context.logged;
  };

  it('warns once of an asynchronous operator that keeps no account, naming perChunk and pulled', () => {
    const lazy: Stage = () => delay(2);
    expect(said(suffix('1'), lazy, suffix('2'))).toEqual([expect.stringMatching(/"lazy".*perChunk\(\).*pulled\(\)/)]);
  });

  it('does not warn of synchronous operators', () => {
    expect(said(suffix('1'), () => mergeMap((chunk) => [chunk, chunk]))).toEqual([]);
  });

  it('does not warn of perChunk and pulled, nor of stages behind them', () => {
    const slow = perChunk(delay(2));
    expect(
      said(
        slow,
        suffix('1'),
        pulled((source) => source),
        suffix('2'),
      ),
    ).toEqual([]);
  });
});
