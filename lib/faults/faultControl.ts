import { Observable } from 'rxjs';
import type { Transport } from '../endpoint';
import { EchoError } from '../errors';
import { StageChain } from '../stages/chain/stageChain';
import type { ChainEntry } from '../stages/chain/stageSlot';
import type { StageContextsOf } from '../stages/stageContexts';
import { retaining, chainEntryOf, stageName, type StageOperators } from '../stages/composeStages';
import { uniqueNames } from '../stages/chain/uniqueNames';
import { resolveOptions, type Counts } from './kit/defineFault';
import type { FaultSpec } from './kit/faultScope';
import { LiveFault } from './kit/liveFault';
import type * as catalogued from './parse/parseFault';
import { IntrusiveSet } from '../streams/intrusiveSet';
import type { Stage } from '../stage';
import { formatCount } from '../format/formatUnits';
import { suggest } from '../suggest';
import { randomSeed } from '../stages/seededRandom';

/** A stage, or a fault in command-line syntax. */
export type StageOrFault = Stage | string;

export interface FaultControlOptions {
  /** The transports that the server serves. A fault must support at least one of them. */
  readonly transports: readonly Transport[];
  /** The seed of all random numbers. Default: random. */
  readonly seed?: number | undefined;
}

/** Changes the stages of a running server and reads their counters. */
export interface Faults {
  /**
   * Changes options of a fault, in library units. They apply from the next frame; buffered frames keep their due time.
   */
  set(name: string, options: Readonly<Record<string, unknown>>): void;
  /** Switches a fault on. */
  enable(name: string): void;
  /** Switches a fault off. Its buffered frames leave at once, in order. */
  disable(name: string): void;
  /**
   * Replaces the chain of stages.
   *
   * A fault with the same text, or a stage that is the same function, keeps its buffered frames and its state. A
   * removed stage is completed, and its buffered frames leave in order.
   */
  replace(stages: readonly StageOrFault[]): void;
  /** Returns the counters of each stage, by the name of the stage. */
  counts(): Record<string, Record<string, number>>;
}

/** One entry of the chain, with the stage or text that it was made of. A change of the chain reuses it. */
interface ChainLink {
  readonly made: Stage | string;
  readonly entry: ChainEntry;
}

/** Limits how many removed entries are kept individually. */
const MAX_TAKEN_OUT = 100;

/** Implements `Faults` for one server. It is created before the server. */
export class FaultControl implements Faults {
  readonly seed: number;
  readonly #transports: readonly Transport[];
  readonly #chains = new IntrusiveSet<StageChain>('chain');
  #links: readonly ChainLink[] = [];
  /** The removed entries, the latest last. Reports still show them, and a change may add them again. */
  #takenOut: readonly ChainLink[] = [];
  /** The counters of entries that were removed before those, by name. */
  readonly #older = new Map<string, Map<string, number>>();

  /** @throws `ERR_ECHO_OPTION` if a fault is invalid or supports none of the transports. */
  constructor(stages: readonly StageOrFault[], { transports, seed = randomSeed() }: FaultControlOptions) {
    this.seed = seed;
    this.#transports = transports;
    this.#links = this.#linksOf(stages);
  }

  /** The number of stages. */
  get size(): number {
    return this.#links.length;
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
    const before = this.#links;
    this.#links = this.#linksOf(stages);
    const leaving = before.filter((link) => !this.#links.includes(link));
    this.#takeOut(leaving);
    for (const { entry } of this.#links) if (entry instanceof LiveFault) entry.restore();
    // A fault that removed bytes from a stream must end it, which only switching it off does.
    for (const { entry } of leaving) if (entry instanceof LiveFault) entry.switchOff();
    for (const chain of this.#chains) chain.change(this.#entries);
  }

  counts(): Record<string, Record<string, number>> {
    const sums = new Map<string, Map<string, number>>();
    const takenOut = this.#takenOut.map(({ entry }): [string, Counts] => [entry.name, entry.counts.all]);
    const current = this.#entries.map(({ name, counts }): [string, Counts] => [name, counts.all]);
    for (const [name, counts] of [...this.#older, ...takenOut, ...current]) addTo(sums, name, counts);
    return Object.fromEntries([...sums].map(([name, sum]) => [name, Object.fromEntries(sum)]));
  }

  /** Returns the operator of a peer. It follows later changes of the chain. */
  through(contextsOf: StageContextsOf): StageOperators {
    return retaining(
      (peer) => (source) =>
        new Observable((out) => {
          const chain = new StageChain(source, out, contextsOf(peer));
          this.#chains.add(chain);
          chain.onEnd = this.#forgetChain;
          chain.start(this.#entries);
        }),
    );
  }

  /** Returns a line for each fault that affects only some of the served transports. */
  notes(): string[] {
    return this.#faults().flatMap(({ spec: { scope } }) => {
      const unaffected = this.#transports.filter((transport) => !scope.on.includes(transport));
      return unaffected.length === 0
        ? []
        : [`${scope.name} does not apply to ${unaffected.join(' and ')}, which passes unchanged`];
    });
  }

  /**
   * Returns a report line for each fault, then one for each removed fault.
   *
   * @param counted The counters by fault name, if workers serve. Default: the counters of this process.
   */
  summaries(counted?: Readonly<Record<string, Readonly<Record<string, number>>>>): string[] {
    const countsOf = ({ name, counts }: LiveFault): Counts =>
      counted ? new Map(Object.entries(counted[name] ?? {})) : counts.all;
    const takenOut = faultsOf(this.#takenOut).map((fault) => this.#summary(fault, fault.counts.all, ' (taken out)'));
    return [...this.#faults().map((fault) => this.#summary(fault, countsOf(fault))), ...takenOut];
  }

  #summary({ spec: { text, scope, fault } }: LiveFault, counts: Counts, note = ''): string {
    const seed = counts.has('drawn') ? `, seed ${this.seed}` : '';
    const frames = formatCount(counts.get('frames') ?? 0, this.#frameNoun(scope.on));
    return `${text}${note}: ${frames}, ${fault.definition.summary(counts) ?? 'never fired'}${seed}`;
  }

  #frameNoun(on: readonly Transport[]): string {
    const acting = this.#transports.filter((transport) => on.includes(transport));
    if (acting.length > 1) return 'frame';
    return acting[0] === 'udp' ? 'datagram' : 'chunk';
  }

  /** Shared by all chains, to save one closure each. */
  readonly #forgetChain = (chain: StageChain): void => this.#chains.delete(chain);

  get #entries(): ChainEntry[] {
    return this.#links.map(({ entry }) => entry);
  }

  #faults(): LiveFault[] {
    return faultsOf(this.#links);
  }

  #takeOut(links: readonly ChainLink[]): void {
    const takenOut = [...this.#takenOut.filter((link) => !this.#links.includes(link)), ...links];
    const older = takenOut.slice(0, -MAX_TAKEN_OUT);
    for (const { entry } of older) addTo(this.#older, entry.name, entry.counts.all);
    this.#takenOut = takenOut.slice(older.length);
  }

  #find(name: string): LiveFault {
    const faults = this.#faults();
    const found = faults.find(({ spec }) => spec.scope.name === name);
    if (found) return found;
    const meant = suggest(
      name,
      faults.map(({ spec }) => spec.scope.name),
    );
    throw new EchoError(
      'ERR_ECHO_OPTION',
      `unknown fault '${name}' of this server${meant ? `: did you mean ${meant}?` : ''}`,
    );
  }

  #switch(name: string, off: boolean): void {
    this.#find(name).switchOff(off);
  }

  #linksOf(stages: readonly StageOrFault[]): ChainLink[] {
    const unused = [...this.#links, ...this.#takenOut];
    /** Returns the unused link, current or removed, that was made of the same stage or text. */
    const again = (made: Stage | string, name?: string): ChainLink | undefined => {
      const index = unused.findIndex((link) => link.made === made && (name === undefined || link.entry.name === name));
      return index < 0 ? undefined : unused.splice(index, 1)[0];
    };
    const made = this.#specsOf(stages);
    const faultNames = made.flatMap((each) => (typeof each === 'function' ? [] : each.scope.name));
    // Stages that stay keep their names, even at another position.
    const uniqueName = uniqueNames([...faultNames, ...this.#entries.map(({ name }) => name)]);
    return made.map((each, index) => {
      if (typeof each !== 'function') {
        return again(each.text, each.scope.name) ?? { made: each.text, entry: new LiveFault(each) };
      }
      return again(each) ?? { made: each, entry: chainEntryOf(each, uniqueName(stageName(each, index))) };
    });
  }

  /** Parses the faults and gives each a unique name. */
  #specsOf(stages: readonly StageOrFault[]): (Stage | FaultSpec)[] {
    const uniqueName = uniqueNames();
    return stages.flatMap((stage): (Stage | FaultSpec)[] => {
      if (typeof stage !== 'string') return [stage];
      // Loaded only if a fault is named, because it loads the whole catalogue.
      const { parseFault } = require('./parse/parseFault') as typeof catalogued;
      return parseFault(stage).map((spec) => {
        const named = { ...spec, scope: { ...spec.scope, name: uniqueName(spec.scope.name) } };
        this.#check(named, named.options);
        return named;
      });
    });
  }

  #check({ fault: { definition }, scope }: FaultSpec, options: Record<string, unknown>): void {
    const acting = this.#transports.filter((transport) => scope.on.includes(transport));
    if (acting.length === 0) {
      const served = this.#transports.join(' and ');
      throw new EchoError(
        'ERR_ECHO_OPTION',
        `${scope.name}: works on ${scope.on.join(' and ')} only; this server serves ${served}`,
      );
    }
    for (const transport of acting) resolveOptions(definition, options, transport);
  }
}

const faultsOf = (links: readonly ChainLink[]): LiveFault[] =>
  links.map(({ entry }) => entry).filter((entry) => entry instanceof LiveFault);

/** Adds counters to the sums of a name. For `bufferedBytes` it keeps the max instead. */
const addTo = (sums: Map<string, Map<string, number>>, name: string, counts: Counts): void => {
  const sum = sums.get(name) ?? new Map<string, number>();
  sums.set(name, sum);
  for (const [counter, count] of counts) {
    const before = sum.get(counter) ?? 0;
    sum.set(counter, counter === 'bufferedBytes' ? Math.max(before, count) : before + count);
  }
};
