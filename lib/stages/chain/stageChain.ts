import type { Observable, Subscriber, Unsubscribable } from 'rxjs';
import { formatEndpoint } from '../../endpoint';
import type { EchoError } from '../../errors';
import type { StageContext } from '../../stage';
import type { BudgetAccount } from '../../budget';
import { FlushSignal } from './flushSignal';
import { LightSubscriber } from '../../streams/lightSubscriber';
import { longestCommonSubsequence } from './longestCommonSubsequence';
import type { SignalListener } from '../../streams/signal';
import type { StageContexts } from '../stageContexts';
import { StageSlot, type ChainEntry, type FrameTarget, type SlotChain } from './stageSlot';

/** A mark of one byte: any frame that waits closes the budget. */
const PAUSING_BYTES = 1;

/**
 * The stages of one peer, from its bytes to the sink. A change takes out entries that are not in the new list, inserts
 * new ones, and leaves the others with what they buffer.
 *
 * ```text
 * change    A B C  →  A X C       X stands before B, which leaves: what B holds goes on to C, then what X emitted
 * ```
 */
export class StageChain implements SlotChain, SignalListener, Unsubscribable {
  /** What the source feeds. */
  head: FrameTarget;
  #entries: readonly ChainEntry[] = [];
  /** The slots of the entries. Slots that are leaving are linked between them, and are not in this list. */
  #slots: StageSlot[] = [];
  #last: StageSlot | undefined;
  #hasStarted = false;
  #isFlushed = false;
  #source: SourceReader | undefined;

  /** Called when the peer's stream has ended. */
  onEnd: ((chain: StageChain) => void) | undefined;

  constructor(
    private readonly source: Observable<Buffer>,
    private readonly out: Subscriber<Buffer>,
    private readonly contexts: StageContexts,
  ) {
    this.head = out;
  }

  /** Subscribes from the sink to the source, as far as the stages read at once. */
  start(entries: readonly ChainEntry[]): void {
    this.change(entries);
    this.#hasStarted = true;
    this.out.add(this);
    this.contexts.flush$.add(this);
    if (this.#last) this.#last.begin();
    else this.#readSource();
  }

  change(entries: readonly ChainEntry[]): void {
    const kept = new Set(longestCommonSubsequence(this.#entries, entries));
    const slots = new Map(this.#entries.map((entry, index) => [entry, this.#slots[index]!]));
    for (const run of runsWithout(kept, this.#entries)) retireInTurn(run.map((entry) => slots.get(entry)!));
    this.#entries = entries;
    this.#slots = [];
    for (const entry of entries) {
      const slot = kept.has(entry) ? slots.get(entry) : this.#insert(entry, this.#slots.at(-1));
      this.#slots.push(slot!);
    }
    // Chunks are copied before the first stage that may keep one.
    const retaining = entries.findIndex(({ retains = false }) => !retains);
    for (const [index, slot] of this.#slots.entries()) slot.retainsChunks = index === retaining;
  }

  /** Delivers what stages buffer, the last stage first, to make room. Later frames do not wait. */
  onSignal(): void {
    this.#isFlushed = true;
    for (let slot = this.#last; slot; slot = slot.upstream) slot.flush$.flush(true);
  }

  contextOf(entry: ChainEntry, flush$: FlushSignal): StageContext {
    return this.contexts.contextOf(entry, flush$);
  }

  unsubscribe(): void {
    this.contexts.flush$.delete(this);
    for (let slot = this.#last; slot; slot = slot.upstream) slot.unsubscribe();
    this.#source?.unsubscribe();
    this.onEnd?.(this);
  }

  openAccount(): BudgetAccount {
    return this.contexts.budget.openAccount(PAUSING_BYTES, 'aside');
  }

  readUpstreamOf({ upstream }: StageSlot): void {
    if (upstream) upstream.begin();
    else this.#readSource();
  }

  stopUpstreamOf({ upstream }: StageSlot): void {
    for (let slot = upstream; slot; slot = slot.upstream) slot.unsubscribe();
    this.#source?.unsubscribe();
  }

  unlink(slot: StageSlot): void {
    const { upstream, target } = slot;
    if (upstream) upstream.target = target;
    else this.head = target;
    if (target instanceof StageSlot) target.upstream = upstream;
    else this.#last = upstream;
    if (this.#isRead(target)) this.readUpstreamOf(slot);
  }

  failedLate({ message }: EchoError, entry: ChainEntry): void {
    const { remote, log } = this.contextOf(entry, new FlushSignal());
    log(`${formatEndpoint(remote)}: ${message}`, 'warn');
  }

  #readSource(): void {
    if (this.#source) return;
    this.#source = new SourceReader(this);
    this.source.subscribe(this.#source);
  }

  /** Puts a slot right behind `upstream`, before the slots that are leaving there. */
  #insert(entry: ChainEntry, upstream: StageSlot | undefined): StageSlot {
    const target = upstream ? upstream.target : this.head;
    const slot = new StageSlot(this, entry, target);
    slot.upstream = upstream;
    if (this.#isFlushed) slot.flush$.flush(true);
    if (upstream) upstream.target = slot;
    else this.head = slot;
    if (target instanceof StageSlot) target.upstream = slot;
    else this.#last = slot;
    if (this.#isRead(target)) slot.begin();
    return slot;
  }

  #isRead(target: FrameTarget): boolean {
    return target instanceof StageSlot ? target.readsUpstream : this.#hasStarted;
  }
}

/** Passes the peer's bytes to the first stage. */
class SourceReader extends LightSubscriber<Buffer> {
  constructor(private readonly chain: StageChain) {
    super();
  }

  next(frame: Buffer): void {
    if (!this.closed) this.chain.head.next(frame);
  }

  error(error: unknown): void {
    if (!this.closed) this.chain.head.error(error);
    this.unsubscribe();
  }

  complete(): void {
    if (!this.closed) this.chain.head.complete();
    this.unsubscribe();
  }
}

/** Neighbouring slots that are to leave. */
const runsWithout = (kept: ReadonlySet<ChainEntry>, entries: readonly ChainEntry[]): ChainEntry[][] => {
  const runs: ChainEntry[][] = [[]];
  for (const entry of entries) {
    if (kept.has(entry)) runs.push([]);
    else runs.at(-1)!.push(entry);
  }
  return runs;
};

/** What the first one buffers still passes the second, so the second leaves when the first has left. */
const retireInTurn = ([first, ...rest]: readonly StageSlot[]): void => first?.retire(() => retireInTurn(rest));
