import * as rx from 'rxjs';
import type { Observable, SchedulerLike } from 'rxjs';
import type { EchoEvent } from '../events';
import type { Transport } from '../endpoint';
import { substream } from '../flow/substream';
import type { ContextsOf } from '../flow/through';
import type { Peer } from '../peer';
import type { FaultDecision } from '../stage';

/** What the contexts of one server have in common. */
export interface StageWorld {
  readonly scheduler: SchedulerLike;
  readonly flush$: Observable<unknown>;
  readonly seed: number;
  readonly say: (event: EchoEvent) => void;
  /** Where the decisions of faults are noted. Default: nowhere. */
  readonly decided?: ((record: DecisionRecord) => void) | undefined;
}

/** A decision of a fault, with whom it befell. */
export interface DecisionRecord extends FaultDecision {
  readonly transport: Transport;
  readonly conn: number;
  readonly fault: string;
}

/** Makes the contexts of each peer's stages. What a stage keeps for a peer, it keeps by its name, as long as the peer lives. */
export const stageContexts = ({ scheduler, flush$, seed, say, decided }: StageWorld): ContextsOf => {
  const memories = new WeakMap<Peer, Map<string, unknown>>();
  return (peer) => {
    const { transport, id, remote, budget } = peer;
    // Made when something is kept: most stages keep nothing, and there are thousands of peers.
    const memory = (): Map<string, unknown> => {
      const kept = memories.get(peer) ?? new Map<string, unknown>();
      memories.set(peer, kept);
      return kept;
    };
    return ({ name: stageName, counts }, changeFlush$) => {
      const keep = <T>(name: string, make: () => T): T => {
        const key = `${stageName}/${name}`;
        const kept = memory();
        if (!kept.has(key)) kept.set(key, make());
        return kept.get(key) as T;
      };
      return {
        transport,
        id,
        remote,
        scheduler,
        budget,
        rx,
        keep,
        flush$: rx.merge(flush$, changeFlush$),
        random: (label) => keep(`random/${label}`, () => substream(seed, transport, id, stageName, label)),
        count: (name, n = 1) => void counts.set(name, (counts.get(name) ?? 0) + n),
        most: (name, value) => void counts.set(name, Math.max(value, counts.get(name) ?? 0)),
        log: (message, level = 'info') => say({ kind: 'noted', level, message }),
        print: (lines) => say({ kind: 'printed', lines }),
        ...(decided && {
          decided: (decision: FaultDecision) => decided({ transport, conn: id, fault: stageName, ...decision }),
        }),
      };
    };
  };
};
