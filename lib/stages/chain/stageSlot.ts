import { Observable, type MonoTypeOperatorFunction, type Subscriber } from 'rxjs';
import type { EchoError } from '../../errors';
import type { StageContext } from '../../stage';
import type { BudgetAccount } from '../../budget';
import { FlushSignal } from './flushSignal';
import { retain } from '../../streams/retain';
import type { StageCounts } from './stageCounts';
import { stageError, StageOutput, type StageOutputOwner } from './stageOutput';

/** An entry of a chain: a stage, or a fault that can be changed. */
export interface ChainEntry {
  /** The name for errors, reports and random numbers. */
  readonly name: string;
  /** The counters of the stage, over all peers. */
  readonly counts: StageCounts;
  /** Makes the operator when the slot is first read, and again at each `slot.swap()`. */
  readonly begin: (context: StageContext, slot: StageSlot) => MonoTypeOperatorFunction<Buffer>;
  /** Whether the stage retains what it keeps; otherwise it receives copies. Default: `false`. */
  readonly retains?: boolean;
  /** Called once when a slot that has begun ends, or is taken out. */
  readonly leave?: (slot: StageSlot) => void;
}

/** Receives frames: the next slot, or the sink behind the last one. */
export interface FrameTarget {
  readonly closed: boolean;
  next(frame: Buffer): void;
  error(error: unknown): void;
  complete(): void;
}

/** What a slot needs of its chain. */
export interface SlotChain {
  contextOf(entry: ChainEntry, flush$: FlushSignal): StageContext;
  /** Opens the account of frames that wait for the stage: while it is charged, nothing is read from the peer. */
  openAccount(): BudgetAccount;
  /** Starts reading what stands upstream of `slot`. */
  readUpstreamOf(slot: StageSlot): void;
  /** Unsubscribes from everything upstream of `slot`. */
  stopUpstreamOf(slot: StageSlot): void;
  /** Closes the gap of a slot that was taken out. */
  unlink(slot: StageSlot): void;
  /** Called with an error after the stream has ended. */
  failedLate(error: EchoError, entry: ChainEntry): void;
}

/**
 * A place in the chain of one peer: its operator reads what arrives, and emits to `target`.
 *
 * A stage reads when it subscribes, however late and however often. What stands upstream is subscribed at the first
 * reader. Frames without a reader wait and are charged, so that TCP pauses (003).
 *
 * ```text
 * upstream                                a--b--c--d|
 * concat(b$.pipe(take(1)), timer(8), b$)  a-------(bc)d|
 * ```
 *
 * `swap()` replaces the operator: the old one is flushed in order, and then the stream continues through the new one.
 * Frames wait meanwhile. `switchMap` would drop what is in flight.
 *
 * ```text
 * swap               ----s                latency 4, then latency 1
 * upstream           a--b---c--|
 * slot               ----ab--c-|          b is flushed at the swap
 * ```
 *
 * An operator that completes by itself completes the stream.
 */
export class StageSlot implements FrameTarget, StageOutputOwner {
  /** What the entry keeps for this peer. */
  state: unknown;
  /** Whether chunks are retained here, before a stage that may keep them. */
  retainsChunks = false;
  /** Whether the frames that reach the stage are counted. */
  countsFrames = true;
  readonly flush$ = new FlushSignal();
  /** The slot upstream; `undefined` for the first. */
  upstream: StageSlot | undefined;
  closed = false;
  #output: StageOutput | undefined;
  /** Nearly always there is one reader, and a list of one costs memory at thousands of connections. */
  #reader: Subscriber<Buffer> | undefined;
  #moreReaders: readonly Subscriber<Buffer>[] = NO_READERS;
  #readsUpstream = false;
  #wait: Wait | undefined;
  #context: StageContext | undefined;
  /** How the upstream ended, once it has. */
  #end: End | undefined;
  /** Whether a change has ended the input: an operator that completes before that completes the stream. */
  #inputEnded = false;
  /** Called when the operator is done after a change has ended its input. */
  #onInputDone: (() => void) | undefined;
  #hasLeft = false;

  constructor(
    private readonly chain: SlotChain,
    private readonly entry: ChainEntry,
    public target: FrameTarget,
  ) {}

  get name(): string {
    return this.entry.name;
  }

  get readsUpstream(): boolean {
    return this.#readsUpstream;
  }

  /** Begins the operator, unless it has begun. */
  begin(): void {
    if (this.#output === undefined && !this.closed) this.#begin();
  }

  /** Replaces the operator by the one that the entry makes now. */
  swap(): void {
    if (this.#isActive) this.#endOperator(() => this.#begin());
  }

  /** Takes the operator out: delivers what it buffers, calls `next`, then passes what waits. */
  retire(next: () => void): void {
    const pass = (): void => {
      next();
      this.#passWaiting();
      this.chain.unlink(this);
    };
    const isActive = this.#isActive;
    this.#leave();
    if (isActive) this.#endOperator(pass);
    else pass();
  }

  // Receives a frame from upstream.

  next(frame: Buffer): void {
    const reader = this.#reader;
    if (this.#wait !== undefined || reader === undefined || reader.closed || this.#moreReaders !== NO_READERS) {
      this.#passOrHold(frame);
    } else this.#read(reader, this.retainsChunks ? retain(frame) : frame);
  }

  error(error: unknown): void {
    this.#endWith({ error });
  }

  complete(): void {
    this.#endWith({});
  }

  // Receives a frame from the operator.

  emit(frame: Buffer): void {
    this.target.next(frame);
  }

  failed(error: EchoError): void {
    this.chain.stopUpstreamOf(this);
    this.target.error(error);
  }

  completed(output: StageOutput): void {
    if (output !== this.#output) return;
    const then = this.#inputEnded ? this.#onInputDone : undefined;
    this.#onInputDone = undefined;
    if (then) return then();
    this.chain.stopUpstreamOf(this);
    this.target.complete();
  }

  failedLate(error: EchoError): void {
    this.chain.failedLate(error, this.entry);
  }

  /** Ends the operator, and discards what it buffers. */
  unsubscribe(): void {
    this.closed = true;
    this.#output?.unsubscribe();
    this.#wait?.account.release();
    this.#wait = undefined;
    this.#leave();
  }

  /** Whether an operator stands here that has not ended. */
  get #isActive(): boolean {
    return this.#output?.closed === false;
  }

  #begin(): void {
    this.#inputEnded = false;
    const output = new StageOutput(this);
    this.#output = output;
    this.#reader = undefined;
    this.#moreReaders = NO_READERS;
    const input$ = new Observable<Buffer>((reader) => this.#onReader(reader, output));
    try {
      const context = (this.#context ??= this.chain.contextOf(this.entry, this.flush$));
      this.entry.begin(context, this)(input$).subscribe(output);
    } catch (error) {
      output.error(error);
    }
  }

  /** Flushes the operator and ends its input; calls `then` when it is done. */
  #endOperator(then: () => void): void {
    // An operator that has read nothing buffers nothing, and may not end soon.
    if (!this.#readsUpstream) {
      this.#output?.unsubscribe();
      return then();
    }
    const isEnding = this.#onInputDone !== undefined;
    this.#onInputDone = then;
    if (isEnding) return;
    this.#wait ??= this.#openWait();
    this.flush$.flush(false);
    this.#inputEnded = true;
    this.#tell({});
  }

  #onReader(reader: Subscriber<Buffer>, output: StageOutput): void {
    // An operator that was swapped out has no input.
    if (output !== this.#output || this.#onInputDone) return reader.complete();
    if (this.#reader?.closed === false) this.#moreReaders = [...this.#moreReaders, reader];
    else this.#reader = reader;
    if (!this.#readsUpstream) {
      this.#readsUpstream = true;
      this.chain.readUpstreamOf(this);
    }
    this.#readWaiting();
    if (this.#end && this.#wait === undefined) this.#tell(this.#end);
  }

  #read(reader: Subscriber<Buffer>, frame: Buffer): void {
    if (this.countsFrames) this.entry.counts.came(frame);
    try {
      reader.next(frame);
    } catch (error) {
      this.#threw(error);
    }
  }

  #endWith(end: End): void {
    this.#end = end;
    if (this.#wait === undefined) this.#tell(end);
    // An operator whose input was ended for a change has no reader to inform.
    else if (this.#onInputDone && 'error' in end) this.target.error(end.error);
  }

  #tell(end: End): void {
    for (const reader of [this.#reader, ...this.#moreReaders]) {
      try {
        if ('error' in end) reader?.error(end.error);
        else reader?.complete();
      } catch (error) {
        this.#threw(error);
      }
    }
  }

  /** Operators catch what their callbacks throw; an error that leaves a call was thrown in a teardown. */
  #threw(thrown: unknown): void {
    const error = stageError(thrown, this.name);
    if (this.#isActive) this.#output?.error(error);
    else this.failedLate(error);
  }

  #openWait(): Wait {
    return { frames: [], account: this.chain.openAccount() };
  }

  #passOrHold(lent: Buffer): void {
    // Another reader may keep what this one only passes.
    const frame = retain(lent);
    const [first, ...more] = [this.#reader, ...this.#moreReaders].filter((reader) => reader?.closed === false);
    this.#reader = first;
    this.#moreReaders = more.length === 0 ? NO_READERS : (more as Subscriber<Buffer>[]);
    if (this.#wait !== undefined || first === undefined) this.#hold(frame);
    else for (const reader of [first, ...this.#moreReaders]) this.#read(reader, frame);
  }

  #hold(frame: Buffer): void {
    if (!this.#isActive) return;
    const wait = (this.#wait ??= this.#openWait());
    wait.frames.push(frame);
    wait.account.charge(frame.byteLength);
  }

  /** Passes waiting frames to the reader, while there is one. */
  #readWaiting(): void {
    const reader = (): Subscriber<Buffer> | undefined => (this.#onInputDone ? undefined : this.#reader);
    this.#empty(
      () => reader()?.closed === false,
      (frame) => this.#read(reader()!, frame),
    );
  }

  #passWaiting(): void {
    this.#empty(
      () => !this.target.closed,
      (frame) => this.target.next(frame),
    );
    if (this.#end === undefined) return;
    if ('error' in this.#end) this.target.error(this.#end.error);
    else this.target.complete();
  }

  /** A refund can let new frames in, which wait behind the others. */
  #empty(canPass: () => boolean, pass: (frame: Buffer) => void): void {
    const wait = this.#wait;
    while (wait && canPass()) {
      const frame = wait.frames.shift();
      if (frame === undefined) {
        this.#wait = undefined;
        return wait.account.release();
      }
      pass(frame);
      wait.account.refund(frame.byteLength);
    }
  }

  #leave(): void {
    if (this.#output === undefined || this.#hasLeft) return;
    this.#hasLeft = true;
    this.entry.leave?.(this);
  }
}

const NO_READERS: readonly Subscriber<Buffer>[] = [];

/** How a stream ended: with `error`, or completed. */
interface End {
  readonly error?: unknown;
}

/** Frames that wait for a reader, and their account. */
interface Wait {
  readonly frames: Buffer[];
  readonly account: BudgetAccount;
}
