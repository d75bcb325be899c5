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
 * Composes stages into the one operator that a peer's bytes pass on their way from `bytes$` to `writes`; without stages,
 * the bytes pass as they are.
 *
 * A stage may subscribe late, and more than once: what nobody reads waits, and TCP is not read meanwhile. An error that a
 * stage throws leaves as `ERR_ECHO_STAGE` with the stage's name; one that came down the stream, or is an `EchoError`
 * already, leaves as it is. A stage that emits on its own time and holds no account is warned of once.
 *
 * @param stages In the order in which the bytes pass them.
 * @param contextsOf Makes the contexts of a peer's stages; asked once for each peer. Default: in the environment of the peer's
 *   server (its clock, its seed, its log, its flush), or `stageContexts()` where it has none.
 */
export const composeStages = (stages: readonly Stage[], contextsOf: StageContextsOf = ownContexts): StageOperators => {
  if (stages.length === 0) return retaining(() => identity);
  const uniqueName = uniqueNames();
  const entries = stages.map((stage, index) => stageEntry(stage, uniqueName(stageName(stage, index))));
  return retaining(
    (peer) => (source) => new Observable((out) => new StageChain(source, out, contextsOf(peer)).start(entries)),
  );
};

/** Makes the operator of each peer. */
export interface StageOperators {
  (peer: StagedPeer): MonoTypeOperatorFunction<Buffer>;
  /** Whether the operator can be given chunks that are only lent; see `Stage.retains`. */
  readonly retains?: boolean;
}

/** A chain copies lent chunks before the first stage that may keep one. */
export const retaining = (operators: StageOperators): StageOperators => Object.assign(operators, { retains: true });

export const stageName = ({ name }: Stage, index: number): string => name || `stage ${index + 1}`;

/** The place of a stage in a chain; it is watched on its first peers only. */
export const stageEntry = (stage: Stage, name: string): ChainEntry => {
  const { retains = false } = stage;
  return { name, counts: new StageCounts(), retains, begin: warnIfUnbounded(stage, name) };
};
