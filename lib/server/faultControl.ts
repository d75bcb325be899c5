import { Observable, type MonoTypeOperatorFunction } from 'rxjs';
import type { Transport } from '../endpoint';
import { EchoError } from '../errors';
import { StageChain } from '../flow/stageChain';
import type { ChainEntry } from '../flow/stageSlot';
import { stageEntry, type ContextsOf } from '../flow/through';
import { settle } from '../operators/fault';
import { LiveFault } from '../operators/liveFault';
import type * as catalogued from '../operators/readFault';
import type { Peer } from '../peer';
import { Roster } from '../roster';
import type { Stage } from '../stage';
import { formatCount } from '../units/format';
import { nearest } from '../units/nearest';
import { Counters } from './counters';
import { drawSeed } from './drawSeed';

/** What stands between source and sink: a stage, or a fault in the words of the command line. */
export type StageOrFault = Stage | string;

export interface FaultControlOptions {
  /** The transports that the server serves: a fault that fits none of them is refused. */
  readonly transports: readonly Transport[];
  /** Default: drawn. */
  readonly seed?: number | undefined;
}

/** The stages of one server, while it runs: what they counted, and what of them can be changed. */
export interface Faults {
  /** Changes options of a fault, in the library's units; the next frame sees it, what is held keeps its time. */
  set(name: string, options: Readonly<Record<string, unknown>>): void;
  /** Switches a fault on. */
  enable(name: string): void;
  /** Switches a fault off: what it holds leaves at once, in order. */
  disable(name: string): void;
  /**
   * Replaces the chain. A fault in the same words, and a stage that is the same function, stays with what it holds and
   * remembers; a stage that is taken out is completed, and what it holds leaves in order.
   */
  replace(stages: readonly StageOrFault[]): void;
  /** What each stage counted, by its name. */
  counts(): Record<string, Record<string, number>>;
}

/** One entry of the chain, with what it was made of: the same is not made anew at a change. */
interface Link {
  readonly made: Stage | string;
  readonly entry: ChainEntry;
}

/** See `Faults`; made before the server, which runs through it. */
export class FaultControl implements Faults {
  readonly counters = new Counters();
  readonly seed: number;
  readonly #transports: readonly Transport[];
  readonly #chains = new Roster<StageChain>('chain');
  #links: readonly Link[] = [];

  /** @throws `ERR_ECHO_OPTION` for a fault that is not one, or fits no transport served. */
  constructor(stages: readonly StageOrFault[], { transports, seed = drawSeed() }: FaultControlOptions) {
    this.seed = seed;
    this.#transports = transports;
    this.#links = this.#linksOf(stages);
  }

  set(name: string, options: Readonly<Record<string, unknown>>): void {
    const { spec, options$ } = this.#find(name);
    const changed = { ...options$.value, ...options };
    this.#check(spec, changed);
    options$.next(changed);
  }

  enable(name: string): void {
    this.#switch(name, false);
  }

  disable(name: string): void {
    this.#switch(name, true);
  }

  replace(stages: readonly StageOrFault[]): void {
    const before = this.#faults();
    this.#links = this.#linksOf(stages);
    const now = new Set(this.#faults());
    for (const fault of before) {
      if (now.has(fault)) fault.restore();
      // A fault that took bytes of a stream ends the stream, and only its own off says so.
      else fault.scope$.next({ ...fault.scope$.value, off: true });
    }
    for (const chain of this.#chains) chain.change(this.#entries);
  }

  counts(): Record<string, Record<string, number>> {
    return this.counters.toObject();
  }

  /** The operator of a peer, through whatever the chain is at the time. */
  through(contextsOf: ContextsOf): (peer: Peer) => MonoTypeOperatorFunction<Buffer> {
    return (peer) => (source) =>
      new Observable((out) => {
        const chain = new StageChain(source, out, peer.budget, contextsOf(peer));
        this.#chains.add(chain);
        chain.onEnd = this.#forgetChain;
        chain.start(this.#entries);
      });
  }

  /** A line for each fault that acts on some of the transports served only. */
  notes(): string[] {
    return this.#faults().flatMap(({ spec: { scope } }) => {
      const spared = this.#transports.filter((transport) => !scope.on.includes(transport));
      return spared.length === 0 ? [] : [`${scope.name} is not for ${spared.join(' and ')}, which passes as it is`];
    });
  }

  /**
   * A line for each fault, saying what it did.
   *
   * @param counted What was counted. Default: here; elsewhere, where workers serve.
   */
  summaries(counted = this.counts()): string[] {
    return this.#faults().map(({ spec: { text, scope, fault } }) => {
      const counts = new Map(Object.entries(counted[scope.name] ?? {}));
      const seed = counts.has('drawn') ? `, seed ${this.seed}` : '';
      const frames = formatCount(counts.get('frames') ?? 0, this.#frameNoun(scope.on));
      return `${text}: ${frames}, ${fault.definition.summary(counts) ?? 'never fired'}${seed}`;
    });
  }

  #frameNoun(on: readonly Transport[]): string {
    const acting = this.#transports.filter((transport) => on.includes(transport));
    if (acting.length > 1) return 'frame';
    return acting[0] === 'udp' ? 'datagram' : 'chunk';
  }

  /** One for all chains. */
  readonly #forgetChain = (chain: StageChain): void => this.#chains.delete(chain);

  get #entries(): ChainEntry[] {
    return this.#links.map(({ entry }) => entry);
  }

  #faults(): LiveFault[] {
    return this.#entries.filter((entry) => entry instanceof LiveFault);
  }

  #find(name: string): LiveFault {
    const faults = this.#faults();
    const found = faults.find(({ spec }) => spec.scope.name === name);
    if (found) return found;
    const meant = nearest(
      name,
      faults.map(({ spec }) => spec.scope.name),
    );
    throw new EchoError(
      'ERR_ECHO_OPTION',
      `There is no fault '${name}' here${meant ? `: did you mean ${meant}?` : ''}`,
    );
  }

  #switch(name: string, off: boolean): void {
    const { scope$ } = this.#find(name);
    scope$.next({ ...scope$.value, off });
  }

  #linksOf(stages: readonly StageOrFault[]): Link[] {
    const unused = [...this.#links];
    /** The link that was made of the same, where there is one left. */
    const again = (made: Stage | string, name?: string): Link | undefined => {
      const index = unused.findIndex((link) => link.made === made && (name === undefined || link.entry.name === name));
      return index < 0 ? undefined : unused.splice(index, 1)[0];
    };
    const uniqueName = uniqueNames();
    return stages.flatMap((stage, index): Link[] => {
      if (typeof stage !== 'string') return [again(stage) ?? { made: stage, entry: stageEntry(stage, index) }];
      // Loaded when a fault is named: with it comes the whole catalogue.
      const { readFault } = require('../operators/readFault') as typeof catalogued;
      return readFault(stage).map((spec) => {
        const named = { ...spec, scope: { ...spec.scope, name: uniqueName(spec.scope.name) } };
        this.#check(named, named.options);
        return again(spec.text, named.scope.name) ?? { made: spec.text, entry: new LiveFault(named) };
      });
    });
  }

  #check({ fault: { definition }, scope }: LiveFault['spec'], options: Record<string, unknown>): void {
    const acting = this.#transports.filter((transport) => scope.on.includes(transport));
    if (acting.length === 0) {
      const served = this.#transports.join(' and ');
      throw new EchoError(
        'ERR_ECHO_OPTION',
        `${scope.name}: it is for ${scope.on.join(' and ')} only, and this server serves ${served}`,
      );
    }
    for (const transport of acting) settle(definition, options, transport);
  }
}

/** Numbers a second one of the same name: `latency#2`. */
const uniqueNames = (): ((name: string) => string) => {
  const names = new Set<string>();
  return (name) => {
    let unique = name;
    for (let nth = 2; names.has(unique); nth += 1) unique = `${name}#${nth}`;
    names.add(unique);
    return unique;
  };
};
