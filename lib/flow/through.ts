import { catchError, identity, pipe, throwError, type MonoTypeOperatorFunction } from 'rxjs';
import { EchoError } from '../errors';
import type { Peer } from '../peer';
import type { Stage, StageContext } from '../stage';
import { watchTurns } from './watchTurns';

/**
 * Composes stages into the one operator that a peer's bytes pass on their way from `bytes$` to `send`; without stages,
 * the bytes pass as they are.
 *
 * An error that a stage throws leaves as `ERR_ECHO_STAGE` with the stage's name; one that came down the stream, or is
 * an `EchoError` already, leaves as it is. A stage that emits on its own time and holds no account is warned of once.
 *
 * @param stages In the order in which the bytes pass them.
 * @param contextOf Makes the context of a peer; asked once for each.
 */
export const through = (
  stages: readonly Stage[],
  contextOf: (peer: Peer) => StageContext,
): ((peer: Peer) => MonoTypeOperatorFunction<Buffer>) => {
  if (stages.length === 0) return () => identity;
  const watched = stages.map((stage, index) => named(watchTurns(stage, nameOf(stage, index)), nameOf(stage, index)));
  return (peer) => {
    const context = contextOf(peer);
    return watched.map((stage) => stage(context)).reduce((before, after) => pipe(before, after));
  };
};

const nameOf = (stage: Stage, index: number): string => stage.name || `stage ${index + 1}`;

/** The stage, with its name in whatever it throws: when it is called, and later. */
const named =
  (stage: Stage, name: string): Stage =>
  (context) => {
    const blame = (error: unknown): EchoError => {
      if (error instanceof EchoError) return error;
      const said = error instanceof Error ? error.message : String(error);
      return new EchoError('ERR_ECHO_STAGE', `The stage "${name}" failed: ${said}`, { cause: error });
    };
    try {
      const operator = stage(context);
      return (source) => operator(source).pipe(catchError((error: unknown) => throwError(() => blame(error))));
    } catch (error) {
      throw blame(error);
    }
  };
