import * as rx from 'rxjs';
import { monotonicScheduler } from '../monotonicScheduler';
import type { FaultDecision, RandomNumbers, StageContext } from '../stage';
import type { ByteBudget } from '../budget';
import type { FlushSignal } from './chain/flushSignal';
import { Signal } from '../streams/signal';
import type { StageEnvironment, StagedPeer } from '../stageEnvironment';
import type { ChainEntry } from './chain/stageSlot';
import { seededRandom } from './seededRandom';

/** Makes the contexts of the stages of one peer. */
export interface StageContexts {
  /** The budget in which the stages open their accounts. */
  readonly budget: Pick<ByteBudget, 'openAccount' | 'drain$'>;
  /** Emits when a stop asks for everything that is buffered. */
  readonly flush$: Signal;
  /** @param flush$ Emits when the stage is to deliver what it buffers. */
  contextOf(entry: ChainEntry, flush$: FlushSignal): StageContext;
}

/** Makes the contexts of the stages for each peer. */
export type StageContextsOf = (peer: StagedPeer) => StageContexts;

/** Returns the contexts in the environment of the peer's server, if it has one. */
export const ownContexts: StageContextsOf = (peer) => stageContexts(peer.environment)(peer);

/**
 * Returns the contexts of the stages of a server.
 *
 * @param environment What the stages share. Default: real time, no flush, a seed of 1, no callbacks.
 */
export const stageContexts = (environment: Partial<StageEnvironment> = {}): StageContextsOf => {
  const shared: Shared = { ...DEFAULTS, ...environment, flush$: Signal.of(environment.flush$ ?? rx.NEVER) };
  return (peer) => new PeerContexts(peer, shared);
};

const DEFAULTS: Omit<StageEnvironment, 'flush$'> = {
  scheduler: monotonicScheduler,
  seed: 1,
  log: () => undefined,
  print: () => undefined,
};

type Shared = StageEnvironment & { readonly flush$: Signal };

class PeerContexts implements StageContexts {
  /** What stages keep for the peer, by the name of the stage. */
  #kept: Map<string, Kept> | undefined;

  constructor(
    private readonly peer: StagedPeer,
    private readonly shared: Shared,
  ) {}

  get budget(): ByteBudget {
    return this.peer.budget;
  }

  get flush$(): Signal {
    return this.shared.flush$;
  }

  contextOf({ name: stageName, counts }: ChainEntry, flush$: FlushSignal): StageContext {
    const { transport, id, remote, budget, direction = 'downstream' } = this.peer;
    const { scheduler, seed, log, print, onFaultDecision } = this.shared;
    const state = <T>(name: string, make: () => T): T => this.#keptBy(stageName).of(name, make);
    const random = (label: string): RandomNumbers =>
      state(`random/${label}`, () =>
        seededRandom(seed, transport, id, stageName, direction === 'upstream' ? `upstream/${label}` : label),
      );
    const { count, recordMax } = counts;
    const context = {
      transport,
      id,
      remote,
      direction,
      scheduler,
      flush$,
      random,
      state,
      budget,
      log,
      print,
      count,
      recordMax,
      rx,
    };
    if (!onFaultDecision) return context;
    return {
      ...context,
      recordDecision: (decision: FaultDecision) =>
        onFaultDecision({ transport, conn: id, fault: stageName, ...decision }),
    };
  }

  #keptBy(stageName: string): Kept {
    const all = (this.#kept ??= new Map<string, Kept>());
    const kept = all.get(stageName) ?? new Kept();
    all.set(stageName, kept);
    return kept;
  }
}

/** What one stage keeps for one peer: nearly always a single value. */
class Kept {
  #name: string | undefined;
  #value: unknown;
  #more: Map<string, unknown> | undefined;

  of<T>(name: string, make: () => T): T {
    if (this.#name === name) return this.#value as T;
    if (this.#more?.has(name)) return this.#more.get(name) as T;
    // Making a value may keep another one.
    const value = make();
    if (this.#name === undefined) [this.#name, this.#value] = [name, value];
    else (this.#more ??= new Map<string, unknown>()).set(name, value);
    return value;
  }
}
