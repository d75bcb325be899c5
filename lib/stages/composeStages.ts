import { identity, Observable, type MonoTypeOperatorFunction } from 'rxjs';
import type { Stage } from '../stage';
import { StageChain } from './chain/stageChain';
import { ownContexts, type StageContextsOf } from './stageContexts';
import type { StagedPeer } from '../stageEnvironment';
import { StageCounts } from './chain/stageCounts';
import type { ChainEntry } from './chain/stageSlot';
import { uniqueNames } from './chain/uniqueNames';
import { warnIfUnbounded } from './chain/warnIfUnbounded';

/**
 * Composes stages into one operator for each peer, between `bytes$` and `writes`. Without stages, bytes pass unchanged.
 *
 * A stage may subscribe late, and more than once: frames wait meanwhile, and TCP is paused. An error that a stage
 * throws becomes `ERR_ECHO_STAGE` with the stage's name; an error from upstream, or an `EchoError`, stays as it is. A
 * stage that emits asynchronously without a budget account is warned of once.
 *
 * @param stages In the order in which bytes pass them.
 * @param contextsOf Makes the contexts of the stages for each peer. Default: in the environment of the peer's server
 *   (clock, seed, log, flush), or `stageContexts()` if it has none.
 */
export const composeStages = (stages: readonly Stage[], contextsOf: StageContextsOf = ownContexts): StageOperators => {
  if (stages.length === 0) return retaining(() => identity);
  const uniqueName = uniqueNames();
  const entries = stages.map((stage, index) => chainEntryOf(stage, uniqueName(stageName(stage, index))));
  return retaining(
    (peer) => (source) => new Observable((out) => new StageChain(source, out, contextsOf(peer)).start(entries)),
  );
};

/** Returns the operator for a peer. */
export interface StageOperators {
  (peer: StagedPeer): MonoTypeOperatorFunction<Buffer>;
  /** Whether all stages promise `retains`, so that they can receive views of the read buffer. */
  readonly retains?: boolean;
}

/** A chain copies views before the first stage that may keep a chunk. */
export const retaining = (operators: StageOperators): StageOperators => Object.assign(operators, { retains: true });

export const stageName = ({ name }: Stage, index: number): string => name || `stage ${index + 1}`;

/** A stage as the entry of a chain; it is watched on its first peers only. */
export const chainEntryOf = (stage: Stage, name: string): ChainEntry => {
  const { retains = false } = stage;
  return { name, counts: new StageCounts(), retains, begin: warnIfUnbounded(stage, name) };
};
