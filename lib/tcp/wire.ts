import type { Socket } from 'node:net';
import { timer, type SchedulerLike, type Subscription } from 'rxjs';
import { EchoError } from '../errors';
import { byteBudget, type ByteBudget, type Holder } from '../flow/byteBudget';

/** How much may wait for the kernel to take it, before we stop reading. */
const SINK_HIGH_BYTES = 512 * 1024;

/** What a connection's source and sink share: the socket, who reads it, how it ended, and the account of its bytes. */
export class Wire {
  readonly budget: ByteBudget = byteBudget();
  /** What was written and not yet taken by the kernel. Taken first: the sink is downstream of every stage. */
  readonly unsent: Holder = this.budget.holder(SINK_HIGH_BYTES);
  /**
   * What was read ahead of whoever pulls. It stands right before the sink, so its `downstreamOpen` says whether the
   * kernel keeps up, and nothing else.
   */
  readonly readAhead: Holder = this.budget.holder();
  bytesIn = 0;
  bytesOut = 0;
  peerEnded = false;
  /** Why the socket closed, where it did not close well. */
  error: EchoError | undefined;
  readonly #claimed = new Set<'bytes' | 'send'>();
  #reading = false;
  #ending = false;
  #linger: Subscription | undefined;
  #atEnd: Pick<Wire, 'bytesOwed' | 'framesOwed' | 'flushed'> | undefined;

  constructor(
    readonly socket: Socket,
    private readonly lingerMs: number,
    private readonly scheduler: SchedulerLike,
  ) {
    // For the socket's whole life: whoever is subscribed learns of it at 'close'; with nobody there Node would end the process.
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      this.error ??= new EchoError('ERR_ECHO_CONNECTION', `The connection broke: ${cause.message}`, { cause });
    });
  }

  get bytesOwed(): number {
    return this.#atEnd?.bytesOwed ?? this.budget.heldBytes;
  }

  get framesOwed(): number {
    return this.#atEnd?.framesOwed ?? this.budget.heldFrames;
  }

  /** Whether the kernel has all that was written, with the FIN behind it or on its way. */
  get flushed(): boolean {
    return this.#atEnd?.flushed ?? (this.socket.writableFinished || this.#finIsOnItsWay);
  }

  /** Gives `view` to its one subscriber; from now on the connection keeps the process alive. */
  claim(view: 'bytes' | 'send'): void {
    if (this.#claimed.has(view)) {
      throw new EchoError('ERR_ECHO_USED', `The \`${view}\` of a connection can be used only once`);
    }
    this.#claimed.add(view);
    this.socket.ref();
  }

  /** A reader came, or its budget opened or closed. */
  read(open: boolean): void {
    this.#reading = true;
    if (open) this.socket.resume();
    else this.socket.pause();
  }

  /** The reader left. */
  stopReading(): void {
    this.#reading = false;
    if (this.#ending) this.#discard();
    else this.socket.pause();
  }

  /** Accounts for what the kernel has taken since the last time. */
  bookTaken(frames: number): void {
    // The callbacks of a destroyed socket tell of success, for bytes that nobody took.
    if (this.#atEnd || this.socket.destroyed) return;
    const takenBytes = this.unsent.heldBytes - this.socket.writableLength;
    this.bytesOut += takenBytes;
    this.unsent.refund(takenBytes, frames);
  }

  /** Nothing more will be written: FIN follows what is still unsent. */
  endWriting(): void {
    this.#ending = true;
    // Not the callback of `end`, which also comes when the socket is destroyed before.
    this.socket.once('finish', () => this.#reading || this.#startLinger());
    this.socket.end();
    if (!this.#reading) this.#discard();
  }

  /**
   * Ends at once, and remembers what was owed. With RST, unless all is with the kernel already: there is nothing to
   * take back then, and an RST would destroy what the peer has yet to read.
   */
  close(): void {
    this.#settle();
    if (this.flushed) this.socket.destroy();
    else this.reset(new EchoError('ERR_ECHO_ABORTED', 'The connection was aborted on this side'));
  }

  /** Ends at once with RST, and remembers what was owed. */
  reset(error: EchoError): void {
    if (this.socket.destroyed) return;
    this.#settle();
    this.error ??= error;
    const resetNow = (): unknown => this.socket.resetAndDestroy();
    // libuv refuses (EINVAL) to reset a socket that it is about to shut down, and Node would then never close it.
    if (this.#finIsOnItsWay) this.socket.once('finish', resetNow);
    else resetNow();
  }

  /** From when the kernel has all until it has sent the FIN: a turn of the event loop. */
  get #finIsOnItsWay(): boolean {
    const { destroyed, writableEnded, writableLength, writableFinished } = this.socket;
    return writableEnded && writableLength === 0 && !writableFinished && !destroyed;
  }

  /**
   * Reads on with nobody listening, from when nothing more will be written (not from the FIN: a peer that writes all
   * before it reads would wait for us for ever). Closing with unread input would reset the peer, and destroy what it
   * has not read yet.
   */
  #discard(): void {
    this.socket.resume();
    if (this.socket.writableFinished) this.#startLinger();
  }

  #startLinger(): void {
    // A source may leave after the end: no timer is to keep the process alive then.
    if (this.#atEnd) return;
    this.#linger ??= timer(this.lingerMs, this.scheduler).subscribe(() => this.socket.destroy());
  }

  /** Closes the account: what is unsent stays so. */
  #settle(): void {
    this.#linger?.unsubscribe();
    // For what the kernel took in this turn no callback came yet.
    this.bookTaken(0);
    const { bytesOwed, framesOwed, flushed } = this;
    this.#atEnd ??= { bytesOwed, framesOwed, flushed };
    this.unsent.refund(this.unsent.heldBytes, this.unsent.heldFrames);
  }
}
