import { Observable } from 'rxjs';
import type { Transport } from '../endpoint';
import { EchoError } from '../errors';
import { StageChain } from '../stages/chain/stageChain';
import type { ChainEntry } from '../stages/chain/stageSlot';
import type { StageContextsOf } from '../stages/stageContexts';
import { retaining, stageEntry, stageName, type StageOperators } from '../stages/composeStages';
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
interface ChainLink {
  readonly made: Stage | string;
  readonly entry: ChainEntry;
}

/** How many entries that were taken out are remembered by themselves. */
const MAX_TAKEN_OUT = 100;

/** See `Faults`; made before the server, which runs through it. */
export class FaultControl implements Faults {
  readonly seed: number;
  readonly #transports: readonly Transport[];
  readonly #chains = new IntrusiveSet<StageChain>('chain');
  #links: readonly ChainLink[] = [];
  /** What was taken out, the last at the end: what it did is still to be told, and it may come back. */
  #takenOut: readonly ChainLink[] = [];
  /** What older ones counted, by name. */
  readonly #older = new Map<string, Map<string, number>>();

  /** @throws `ERR_ECHO_OPTION` for a fault that is not one, or fits no transport served. */
  constructor(stages: readonly StageOrFault[], { transports, seed = randomSeed() }: FaultControlOptions) {
    this.seed = seed;
    this.#transports = transports;
    this.#links = this.#linksOf(stages);
  }

  /** How many stages there are. */
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
    // A fault that took bytes of a stream ends the stream, and only its own off says so.
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

  /** The operator of a peer, through whatever the chain is at the time. */
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

  /** A line for each fault that acts on some of the transports served only. */
  notes(): string[] {
    return this.#faults().flatMap(({ spec: { scope } }) => {
      const spared = this.#transports.filter((transport) => !scope.on.includes(transport));
      return spared.length === 0
        ? []
        : [`${scope.name} does not apply to ${spared.join(' and ')}, which passes unchanged`];
    });
  }

  /**
   * A line for each fault, saying what it did, then one for each that was taken out: each has numbers of its own.
   *
   * @param counted What was counted, by name. Default: here; elsewhere, where workers serve.
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

  /** One for all chains. */
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
    /** The link that was made of the same, in the chain or before. */
    const again = (made: Stage | string, name?: string): ChainLink | undefined => {
      const index = unused.findIndex((link) => link.made === made && (name === undefined || link.entry.name === name));
      return index < 0 ? undefined : unused.splice(index, 1)[0];
    };
    const made = this.#specsOf(stages);
    const faultNames = made.flatMap((each) => (typeof each === 'function' ? [] : each.scope.name));
    // Those of stages that stay keep theirs, wherever they stand now.
    const uniqueName = uniqueNames([...faultNames, ...this.#entries.map(({ name }) => name)]);
    return made.map((each, index) => {
      if (typeof each !== 'function') {
        return again(each.text, each.scope.name) ?? { made: each.text, entry: new LiveFault(each) };
      }
      return again(each) ?? { made: each, entry: stageEntry(each, uniqueName(stageName(each, index))) };
    });
  }

  /** The faults behind the words, each with a name of its own. */
  #specsOf(stages: readonly StageOrFault[]): (Stage | FaultSpec)[] {
    const uniqueName = uniqueNames();
    return stages.flatMap((stage): (Stage | FaultSpec)[] => {
      if (typeof stage !== 'string') return [stage];
      // Loaded when a fault is named: with it comes the whole catalogue.
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

/** Adds what was counted under a name; of what was held, it is the most that counts. */
const addTo = (sums: Map<string, Map<string, number>>, name: string, counts: Counts): void => {
  const sum = sums.get(name) ?? new Map<string, number>();
  sums.set(name, sum);
  for (const [counter, count] of counts) {
    const before = sum.get(counter) ?? 0;
    sum.set(counter, counter === 'bufferedBytes' ? Math.max(before, count) : before + count);
  }
};
