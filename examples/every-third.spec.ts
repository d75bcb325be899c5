import { stageContext } from 'ccecho';
import { TestScheduler } from 'rxjs/testing';
import { everyThird } from './every-third';

it('drops every third frame, and counts it', () => {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  const context = stageContext({ scheduler });
  scheduler.run(({ cold, expectObservable }) => {
    const frames = { a: Buffer.from('a'), b: Buffer.from('b'), c: Buffer.from('c'), d: Buffer.from('d') };
    expectObservable(cold('a-b-c-d|', frames).pipe(everyThird(context))).toBe('a-b---d|', frames);
  });
  expect(context.counts.get('dropped')).toBe(1);
});
