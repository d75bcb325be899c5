import { TestScheduler, type RunHelpers } from 'rxjs/testing';

export type Marbles = RunHelpers & { readonly scheduler: TestScheduler };

/** Runs `body` in virtual time: one character of a diagram is one millisecond. */
export const marbles = (body: (helpers: Marbles) => void): void => {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run((helpers) => body({ ...helpers, scheduler }));
};
