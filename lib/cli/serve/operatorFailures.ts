import { Subject, type Observable } from 'rxjs';
import { EchoError } from '../../errors';
import type { ServerFlags } from '../args/createProgram';
import type { ProcessContext } from '../processContext';

/** What operators of the user's files throw where no stage is there to be blamed: in a timer, in a promise. */
export interface OperatorFailures {
  /** Emits what is to be said of a failure after which the process is not to be trusted any more. */
  readonly failed$: Observable<string>;
  readonly hasFailed: () => boolean;
}

/**
 * Watches for what operators of `--use` throw outside of every stage. Without such operators it is a bug of ccecho, and
 * ends the process.
 *
 * An error of one connection that a stage let go unhandled is that connection's own, and ends nothing else: RxJS's
 * `tap(subject)` subscribes to the subject without an error handler, so that each reset would come here.
 *
 * @param warn Says what happened to one connection.
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
