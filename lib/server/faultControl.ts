import { BehaviorSubject, map, skip, type MonoTypeOperatorFunction } from 'rxjs';
import type { Transport } from '../endpoint';
import { EchoError } from '../errors';
import { epochs } from '../flow/epochs';
import { through, type ContextsOf } from '../flow/through';
import { settle } from '../operators/fault';
import { faultStage, liveFault, type LiveFault } from '../operators/faultStage';
import type * as catalogued from '../operators/readFault';
import type { Peer } from '../peer';
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
  /** Replaces the whole chain: what the old one holds leaves in order, then the stream goes on through the new one. */
  replace(stages: readonly StageOrFault[]): void;
  /** What each stage counted, by its name. */
  counts(): Record<string, Record<string, number>>;
}

interface Link {
  readonly stage: Stage;
  readonly fault?: LiveFault;
}

/** See `Faults`; made before the server, which runs through it. */
export class FaultControl implements Faults {
  readonly counters = new Counters();
  readonly seed: number;
  readonly #transports: readonly Transport[];
  readonly #chain$: BehaviorSubject<readonly Link[]>;

  /** @throws `ERR_ECHO_OPTION` for a fault that is not one, or fits no transport served. */
  constructor(stages: readonly StageOrFault[], { transports, seed = drawSeed() }: FaultControlOptions) {
    this.seed = seed;
    this.#transports = transports;
    this.#chain$ = new BehaviorSubject<readonly Link[]>(this.#linksOf(stages));
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
    const links = this.#linksOf(stages);
    // Off first: a fault that took bytes of a stream ends the stream, and only its own off says so.
    for (const { fault } of this.#chain$.value) fault?.scope$.next({ ...fault.scope$.value, off: true });
    this.#chain$.next(links);
  }

  counts(): Record<string, Record<string, number>> {
    return this.counters.toObject();
  }

  /** The operator of a peer, through whatever the chain is at the time. */
  through(contextsOf: ContextsOf): (peer: Peer) => MonoTypeOperatorFunction<Buffer> {
    const composed = (links: readonly Link[]) => {
      const stages = links.map(({ stage }) => stage);
      return through(stages, contextsOf);
    };
    // Composed once for all peers: a stage is watched on its first ones only (see `watchTurns`).
    const chain$ = new BehaviorSubject(composed(this.#chain$.value));
    this.#chain$.pipe(skip(1), map(composed)).subscribe(chain$);
    return (peer) => epochs(chain$, (chain, flush$) => chain(peer, flush$), peer.budget);
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

  #faults(): LiveFault[] {
    return this.#chain$.value.flatMap(({ fault }) => fault ?? []);
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
    const names = new Set<string>();
    const unique = (name: string, nth = 1): string => {
      const numbered = nth === 1 ? name : `${name}#${nth}`;
      if (names.has(numbered)) return unique(name, nth + 1);
      names.add(numbered);
      return numbered;
    };
    return stages.flatMap((stage): Link[] => {
      if (typeof stage !== 'string') return [{ stage }];
      // Loaded when a fault is named: with it comes the whole catalogue.
      const { readFault } = require('../operators/readFault') as typeof catalogued;
      return readFault(stage).map((spec) => {
        const named = { ...spec, scope: { ...spec.scope, name: unique(spec.scope.name) } };
        this.#check(named, named.options);
        const fault = liveFault(named);
        return { fault, stage: faultStage(fault) };
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
