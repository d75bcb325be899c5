import { BehaviorSubject, EMPTY, identity, type MonoTypeOperatorFunction, type Subscription } from 'rxjs';
import { StageCounts } from '../../stages/chain/stageCounts';
import type { ChainEntry, StageSlot } from '../../stages/chain/stageSlot';
import type { Transport } from '../../endpoint';
import { IntrusiveSet } from '../../streams/intrusiveSet';
import type { StageContext } from '../../stage';
import { bytesTaken } from './bytesTaken';
import { settling } from './defineFault';
import type { FaultScope, FaultSpec } from './faultScope';

/**
 * A fault of a running server: what of it can change, and the peers that have it in their chain. It acts for those that it
 * befalls, while it does; for all others the bytes pass as they are. Switched off, it hands on what it holds, in order,
 * then passes. A TCP stream of which it has taken bytes ends instead: what is left is not the stream.
 *
 * ```text
 * latency 4    --a-b--c-----|
 * switched         off
 * slot         ----(ab)c----|      a and b at the switch, c as it comes
 * ```
 */
export class LiveFault implements ChainEntry {
  readonly counts = new StageCounts();
  readonly retains = true;
  readonly options$: BehaviorSubject<Record<string, unknown>>;
  readonly scope$: BehaviorSubject<FaultScope>;
  readonly #optionsOn: Partial<Record<Transport, () => Record<string, unknown>>> = {};
  /** One subscription to the scope for all of them. */
  readonly #peers = new IntrusiveSet<FaultOfPeer>('fault');

  constructor(readonly spec: FaultSpec) {
    this.options$ = new BehaviorSubject(spec.options);
    this.scope$ = new BehaviorSubject(spec.scope);
    this.scope$.subscribe(() => {
      for (const each of this.#peers) each.settle();
    });
  }

  get name(): string {
    return this.spec.scope.name;
  }

  /** The options at the time, complete: one function for all peers. */
  optionsOn(transport: Transport): () => Record<string, unknown> {
    return (this.#optionsOn[transport] ??= settling(this.spec.fault.definition, () => this.options$.value, transport));
  }

  switchOff(off = true): void {
    this.scope$.next({ ...this.scope$.value, off });
  }

  /** As it was written: undoes what was set or switched since. */
  restore(): void {
    if (this.options$.value !== this.spec.options) this.options$.next(this.spec.options);
    if (this.scope$.value !== this.spec.scope) this.scope$.next(this.spec.scope);
  }

  readonly begin = (context: StageContext, slot: StageSlot): MonoTypeOperatorFunction<Buffer> => {
    if (!this.spec.scope.on.includes(context.transport)) {
      slot.countsFrames = false;
      return identity;
    }
    slot.state ??= this.#enter(context, slot);
    return (slot.state as FaultOfPeer).operator(context);
  };

  readonly leave = ({ state }: StageSlot): void => {
    if (!(state instanceof FaultOfPeer)) return;
    this.#peers.delete(state);
    state.leave();
  };

  #enter(context: StageContext, slot: StageSlot): FaultOfPeer {
    const entered = new FaultOfPeer(this, context, slot);
    this.#peers.add(entered);
    return entered;
  }
}

/** A fault in the chain of one peer: whether it acts now, and when that changes. */
class FaultOfPeer {
  #acts = false;
  #change: Subscription | undefined;

  constructor(
    private readonly fault: LiveFault,
    private readonly context: StageContext,
    private readonly slot: StageSlot,
  ) {}

  /** What stands in the slot from now on. */
  operator(context: StageContext): MonoTypeOperatorFunction<Buffer> {
    const hasActed = this.#acts;
    this.#acts = this.#isDue();
    this.#arm();
    const { spec } = this.fault;
    this.slot.countsFrames = this.#acts;
    if (this.#acts) return spec.fault.definition.operator(this.fault.optionsOn(context.transport), context);
    const endsStream = hasActed && this.#scope.off && context.transport === 'tcp' && bytesTaken(context).bytes > 0;
    if (!endsStream) return identity;
    context.log(`${spec.scope.name} was removed after it had dropped bytes: the connection is closed`, 'warn');
    return () => EMPTY;
  }

  /** Swaps the operator when the fault begins or ceases to act. */
  settle(): void {
    this.#arm();
    if (this.#isDue() !== this.#acts) this.slot.swap();
  }

  leave(): void {
    this.#change?.unsubscribe();
  }

  get #scope(): FaultScope {
    return this.fault.scope$.value;
  }

  #isDue(): boolean {
    const { off, toxicity, conn } = this.#scope;
    const [first, last] = conn;
    const { id } = this.context;
    return !off && id >= first && id <= last && this.#draw(toxicity) < toxicity && this.#isInWindow();
  }

  /** The same draw, whatever the toxicity, for a peer's whole life: more befalls more, and never others. */
  #draw(toxicity: number): number {
    const { state, random } = this.context;
    return toxicity === 1 ? 0 : state('toxicity', () => ({ u: random('toxicity')() })).u;
  }

  #isInWindow(): boolean {
    const [beginMs, endMs] = this.#window;
    const { scheduler } = this.context;
    return scheduler.now() >= beginMs && scheduler.now() < endMs;
  }

  /** On the scheduler's clock; measured from when the fault was first in the peer's chain. */
  get #window(): readonly [beginMs: number, endMs: number] {
    const { afterMs, forMs } = this.#scope;
    if (afterMs === 0 && forMs === Infinity) return ALWAYS;
    const { state, scheduler } = this.context;
    const beginMs = state('began', () => ({ startMs: scheduler.now() })).startMs + afterMs;
    return [beginMs, beginMs + forMs];
  }

  /** Comes back when the window opens or closes. */
  #arm(): void {
    this.#change?.unsubscribe();
    const window = this.#window;
    if (window === ALWAYS) return;
    const { scheduler } = this.context;
    const nowMs = scheduler.now();
    const nextMs = window.find((atMs) => atMs > nowMs && atMs < Infinity);
    this.#change = nextMs === undefined ? undefined : scheduler.schedule(() => this.settle(), nextMs - nowMs);
  }
}

const ALWAYS = [-Infinity, Infinity] as const;
