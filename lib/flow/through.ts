import { identity, Observable, pipe, throwError, type MonoTypeOperatorFunction, type Subscriber } from 'rxjs';
import { EchoError } from '../errors';
import type { Peer } from '../peer';
import type { Stage, StageContext } from '../stage';
import { Inner } from './inner';
import { watchTurns } from './watchTurns';

/** Makes the contexts of a peer's stages, by the name of the stage; `flush$` beside the flush of the stop. */
export type ContextsOf = (peer: Peer, flush$?: Observable<unknown>) => (stageName: string) => StageContext;

/**
 * Composes stages into the one operator that a peer's bytes pass on their way from `bytes$` to `send`; without stages,
 * the bytes pass as they are.
 *
 * An error that a stage throws leaves as `ERR_ECHO_STAGE` with the stage's name; one that came down the stream, or is
 * an `EchoError` already, leaves as it is. A stage that emits on its own time and holds no account is warned of once.
 *
 * @param stages In the order in which the bytes pass them.
 * @param contextsOf Makes the contexts of a peer's stages; asked once for each peer.
 */
export const through = (
  stages: readonly Stage[],
  contextsOf: ContextsOf,
): ((peer: Peer, flush$?: Observable<unknown>) => MonoTypeOperatorFunction<Buffer>) => {
  if (stages.length === 0) return () => identity;
  const named = stages.map((stage, index) => blaming(stage, nameOf(stage, index)));
  return (peer, flush$) => {
    const contexts = contextsOf(peer, flush$);
    return named.map(({ name, stage }) => stage(contexts(name))).reduce((before, after) => pipe(before, after));
  };
};

const nameOf = (stage: Stage, index: number): string => stage.name || `stage ${index + 1}`;

/** The stage, watched, and with its name in whatever it throws: when it is called, and later. */
const blaming = (unwatched: Stage, name: string): { readonly name: string; readonly stage: Stage } => {
  const stage = watchTurns(unwatched, name);
  const blamed: Stage = (context) => {
    try {
      const operator = stage(context);
      if (operator === identity) return identity;
      return (source) => {
        const output = operator(source);
        return new Observable((subscriber) => void output.subscribe(new Blaming(subscriber, name)));
      };
    } catch (error) {
      // Not thrown: the peer's `send` has to learn of it, to reset the connection or to end the flow.
      return () => throwError(() => blame(error, name));
    }
  };
  return { name, stage: blamed };
};

/** Passes everything, an error with the name of its stage. `catchError` would keep three times as much a connection. */
class Blaming extends Inner<Buffer, Buffer> {
  constructor(
    out: Subscriber<Buffer>,
    private readonly stageName: string,
  ) {
    super(out);
  }

  next(frame: Buffer): void {
    this.out.next(frame);
  }

  override error(error: unknown): void {
    this.out.error(blame(error, this.stageName));
  }
}

const blame = (error: unknown, stageName: string): EchoError => {
  if (error instanceof EchoError) return error;
  const said = error instanceof Error ? error.message : String(error);
  return new EchoError('ERR_ECHO_STAGE', `The stage "${stageName}" failed: ${said}`, { cause: error });
};
