import * as rx from 'rxjs';
import type { Observable, SchedulerLike } from 'rxjs';
import type { EchoEvent } from '../events';
import { substream } from '../flow/substream';
import type { Peer } from '../peer';
import type { StageContext } from '../stage';

/** What the contexts of one server have in common. */
export interface StageWorld {
  readonly scheduler: SchedulerLike;
  readonly flush$: Observable<unknown>;
  readonly seed: number;
  readonly counts: Map<string, number>;
  readonly say: (event: EchoEvent) => void;
}

/** Makes the context of each peer's stages. */
export const stageContexts =
  ({ scheduler, flush$, seed, counts, say }: StageWorld) =>
  (peer: Peer): StageContext => {
    const { transport, id, remote, budget } = peer;
    return {
      transport,
      id,
      remote,
      scheduler,
      flush$,
      budget,
      rx,
      random: (label) => substream(seed, transport, id, label),
      count: (name, n = 1) => void counts.set(name, (counts.get(name) ?? 0) + n),
      log: (message, level = 'info') => say({ kind: 'noted', level, message }),
    };
  };
