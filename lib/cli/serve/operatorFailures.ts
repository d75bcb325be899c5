import { Subject, type Observable } from 'rxjs';
import { EchoError } from '../../errors';
import type { ServerFlags } from '../args/createProgram';
import type { ProcessContext } from '../processContext';

/** Errors that operators of the user's files throw in a timer or a promise, outside of every stage. */
export interface OperatorFailures {
  /** Emits a message for a failure after which the process must end. */
  readonly failed$: Observable<string>;
  readonly hasFailed: () => boolean;
}

/**
 * Watches for errors that operators of `--use` throw outside of every stage. Without such operators, the error is a bug
 * of ccecho and ends the process.
 *
 * An error of one connection that a stage did not handle ends nothing else: RxJS's `tap(subject)` subscribes without an
 * error handler, so each reset would arrive here.
 *
 * @param warn Called with a message about one connection.
 */
export const operatorFailures = (
  { use = [] }: ServerFlags,
  { onUncaught }: ProcessContext,
  warn: (message: string) => void,
): OperatorFailures => {
  const failed$ = new Subject<string>();
  let hasFailed = false;
  const files = use.flatMap(({ option, text }) => (option === 'use' ? [text] : []));
  if (files.length > 0) {
    const operator = `an operator of ${files.join(' or ')} (stage not known)`;
    onUncaught?.((error) => {
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof EchoError && error.remote) return warn(`${operator} did not handle an error: ${message}`);
      hasFailed = true;
      failed$.next(`${operator} threw: ${message}`);
    });
  }
  return { failed$, hasFailed: () => hasFailed };
};
