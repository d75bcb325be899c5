import { from as fromIterable } from 'ix/asynciterable';
import { map } from 'ix/asynciterable/operators';
import { from, lastValueFrom, of, Subject, toArray } from 'rxjs';
import { EchoError } from '../../lib/errors';
import { pulled } from '../../lib/stages/pulled';
import { stageContext } from '../../lib/stages/stageContext';
import { chunks } from '../support/chunks';

const bytes = chunks();
const ab = [bytes['a']!, bytes['b']!];

/** Lets every promise settle that only waits for others. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('pulled', () => {
  it('runs a transform written with IxJS', async () => {
    const shout = pulled((input) => fromIterable(input).pipe(map((chunk) => Buffer.from(String(chunk).toUpperCase()))));
    const output = from(ab).pipe(shout(stageContext()), toArray());
    expect(String(await lastValueFrom(output))).toBe('A,B');
  });

  it('charges what waits to be pulled, and refunds it at the pull', async () => {
    const context = stageContext();
    const pulls = new Subject<void>();
    const slow = pulled(async function* (input) {
      for await (const chunk of input) {
        yield chunk;
        await new Promise<void>((resolve) => pulls.subscribe(() => resolve()));
      }
    });
    const source = new Subject<Buffer>();
    const seen: string[] = [];
    source.pipe(slow(context)).subscribe((chunk) => seen.push(String(chunk)));
    await settled();
    for (const letter of 'abc') source.next(bytes[letter]!);
    await settled();
    expect([seen, context.budget.bufferedBytes]).toEqual([['a'], 2]);
    pulls.next();
    await settled();
    expect([seen, context.budget.bufferedBytes]).toEqual([['a', 'b'], 1]);
  });

  it('pulls its output only while there is room downstream', async () => {
    const context = stageContext();
    const sink = context.budget.openAccount(2000);
    const endless = pulled(async function* () {
      for (;;) yield bytes['a']!;
    });
    let seen = 0;
    const subscription = new Subject<Buffer>().pipe(endless(context)).subscribe((chunk) => {
      seen += 1;
      sink.charge(chunk.byteLength);
    });
    await settled();
    expect(seen).toBe(2);
    sink.refund(2, 2);
    await settled();
    expect(seen).toBe(4);
    subscription.unsubscribe();
  });

  it('completes when the transform ends before its input, and leaves the source', async () => {
    const source = new Subject<Buffer>();
    const first = pulled(async function* (input) {
      for await (const chunk of input) {
        yield chunk;
        return;
      }
    });
    const output = lastValueFrom(source.pipe(first(stageContext()), toArray()));
    await settled();
    source.next(bytes['a']!);
    source.next(bytes['b']!);
    expect(String(await output)).toBe('a');
    expect(source.observed).toBe(false);
  });

  describe('aborted before its end', () => {
    /** A transform that commits what it has when its input ends. */
    const committing = (outcomes: unknown[]) =>
      pulled(async function* (input) {
        try {
          for await (const chunk of input) yield chunk;
          outcomes.push('committed');
        } catch (error) {
          outcomes.push(error);
        }
      });

    it('rejects a waiting pull when it is unsubscribed, and refunds what waits', async () => {
      const context = stageContext();
      const source = new Subject<Buffer>();
      const outcomes: unknown[] = [];
      const subscription = source.pipe(committing(outcomes)(context)).subscribe();
      await settled();
      subscription.unsubscribe();
      await settled();
      expect(outcomes).toMatchObject([{ code: 'ERR_ECHO_ABORTED' }]);
      expect([source.observed, context.budget.bufferedBytes]).toEqual([false, 0]);
    });

    it('rejects with the error of the source', async () => {
      const source = new Subject<Buffer>();
      const outcomes: unknown[] = [];
      source.pipe(committing(outcomes)(stageContext())).subscribe();
      await settled();
      source.next(bytes['a']!);
      source.error(new EchoError('ERR_ECHO_CONNECTION', 'reset'));
      await settled();
      expect(outcomes).toMatchObject([{ code: 'ERR_ECHO_CONNECTION' }]);
    });

    it('commits when the source completes', async () => {
      const outcomes: unknown[] = [];
      await lastValueFrom(from(ab).pipe(committing(outcomes)(stageContext())));
      expect(outcomes).toEqual(['committed']);
    });

    it('harms nothing with a pull that a transform has asked for ahead, and left', async () => {
      const source = new Subject<Buffer>();
      const unhandled: unknown[] = [];
      const note = (reason: unknown): void => void unhandled.push(reason);
      process.on('unhandledRejection', note);
      const hasty = pulled(async function* (input) {
        const pulls = input[Symbol.asyncIterator]();
        yield (await pulls.next()).value as Buffer;
        void pulls.next();
        await new Promise(() => undefined);
      });
      const subscription = source.pipe(hasty(stageContext())).subscribe();
      await settled();
      source.next(bytes['a']!);
      await settled();
      subscription.unsubscribe();
      await settled();
      process.off('unhandledRejection', note);
      expect(unhandled).toEqual([]);
    });
  });

  it('errors when the transform throws, when it is applied or later', async () => {
    const later = pulled(async function* () {
      yield bytes['a']!;
      throw new Error('boom');
    });
    const atOnce = pulled(() => {
      throw new Error('boom');
    });
    for (const stage of [later, atOnce]) {
      await expect(lastValueFrom(of(bytes['a']!).pipe(stage(stageContext())))).rejects.toThrow('boom');
    }
  });

  it('hands an error of the source to the transform, and on', async () => {
    const source = new Subject<Buffer>();
    const output = lastValueFrom(source.pipe(pulled((input) => input)(stageContext())));
    await settled();
    source.error(new Error('reset'));
    await expect(output).rejects.toThrow('reset');
  });

  it('completes an empty source', async () => {
    await expect(lastValueFrom(from([]).pipe(pulled((input) => input)(stageContext()), toArray()))).resolves.toEqual(
      [],
    );
  });

  it('refuses a second pass over its input', async () => {
    const twice = pulled(async function* (input) {
      yield* input;
      yield* input;
    });
    await expect(lastValueFrom(of(bytes['a']!).pipe(twice(stageContext())))).rejects.toMatchObject({
      code: 'ERR_ECHO_USED',
    });
  });
});
