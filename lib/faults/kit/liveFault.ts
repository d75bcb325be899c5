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
 * Controls one fault of a running server for all peers.
 *
 * The fault acts on the peers in its scope; the bytes of all other peers pass unchanged. When it is switched off, it
 * emits its buffered frames in order and then passes bytes unchanged. If it has removed bytes from a TCP stream, that
 * stream ends instead, because the rest would be corrupt.
 *
 * ```text
 * latency 4    --a-b---c----|
 * switched         off
 * slot         ----(ab)c----|      a and b leave at the switch, c is not delayed
 * ```
 */
export class LiveFault implements ChainEntry {
  readonly counts = new StageCounts();
  readonly retains = true;
  readonly options$: BehaviorSubject<Record<string, unknown>>;
  readonly scope$: BehaviorSubject<FaultScope>;
  readonly #optionsOn: Partial<Record<Transport, () => Record<string, unknown>>> = {};
  /** All peers share one subscription to the scope, which saves memory per peer. */
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

  /** Returns a getter of the current options. All peers of a transport share it. */
  optionsOn(transport: Transport): () => Record<string, unknown> {
    return (this.#optionsOn[transport] ??= settling(this.spec.fault.definition, () => this.options$.value, transport));
  }

  switchOff(off = true): void {
    this.scope$.next({ ...this.scope$.value, off });
  }

  /** Restores the options and the scope of the spec, which undoes live changes. */
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

/** Tracks whether a fault acts on one peer, and when that changes. */
class FaultOfPeer {
  #acts = false;
  #change: Subscription | undefined;

  constructor(
    private readonly fault: LiveFault,
    private readonly context: StageContext,
    private readonly slot: StageSlot,
  ) {}

  /** Returns the operator for the slot: that of the fault while it acts, otherwise one that passes all frames. */
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

  /** Swaps the operator if the fault starts or stops acting. */
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

  /** Draws once for each peer. A higher toxicity then keeps the peers of a lower one, and adds others. */
  #draw(toxicity: number): number {
    const { state, random } = this.context;
    return toxicity === 1 ? 0 : state('toxicity', () => ({ u: random('toxicity')() })).u;
  }

  #isInWindow(): boolean {
    const [beginMs, endMs] = this.#window;
    const { scheduler } = this.context;
    return scheduler.now() >= beginMs && scheduler.now() < endMs;
  }

  /** The active window on the scheduler's clock, from when the fault was first in the peer's chain. */
  get #window(): readonly [beginMs: number, endMs: number] {
    const { afterMs, forMs } = this.#scope;
    if (afterMs === 0 && forMs === Infinity) return ALWAYS;
    const { state, scheduler } = this.context;
    const beginMs = state('began', () => ({ startMs: scheduler.now() })).startMs + afterMs;
    return [beginMs, beginMs + forMs];
  }

  /** Schedules `settle` for when the window opens or closes. */
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
