import type { Subscriber } from 'rxjs';
import { EchoError } from '../../errors';
import type { ByteBudget, BudgetAccount } from '../../budget';
import type { FlowWritesOptions, ReplyPath } from '../../peer';
import { DatagramSink } from '../datagramSink';

/** The high-water mark of one flow. */
const HIGH_WATER_MARK = 512 * 1024;

/** What a sink needs of its flow. */
export interface FlowSinkOwner {
  readonly replyPath: ReplyPath;
  /** The kernel took a datagram. */
  sent(bytes: number): void;
  /** The source of the sink failed. */
  sendingFailed(error: unknown): void;
  /** Everything is sent. */
  sendingCompleted(): void;
  destroy(): void;
}

/** The write sink of a flow: each value is one datagram. The socket stays open meanwhile. */
export class FlowSink extends DatagramSink<Uint8Array> {
  readonly account: BudgetAccount;
  #hasReleased = false;
  /** Whether everything is sent, or nothing more will be. */
  #hasSettled = false;

  constructor(
    private readonly owner: FlowSinkOwner,
    private readonly out: Subscriber<never>,
    private readonly whenFull: NonNullable<FlowWritesOptions['whenFull']>,
    budget: ByteBudget,
  ) {
    super();
    this.account = budget.openAccount(HIGH_WATER_MARK);
    owner.replyPath.retain();
  }

  next(data: Uint8Array): void {
    // A synchronous source continues after an error, until its `subscribe` has returned.
    if (this.closed || this.out.closed) return;
    const { replyPath } = this.owner;
    if (this.whenFull === 'buffer' || !replyPath.full) this.send(data, data, replyPath);
    else if (this.whenFull === 'drop') replyPath.drop('overlimit', data.byteLength);
    else this.error(new EchoError('ERR_ECHO_OVERFLOW', 'The kernel does not take the datagrams for the peer'));
  }

  /** Nothing waits for the end any more. */
  override unsubscribe(): void {
    super.unsubscribe();
    if (!this.#hasSettled) this.owner.destroy();
    this.account.release();
    if (this.#hasReleased) return;
    this.#hasReleased = true;
    this.owner.replyPath.release();
  }

  protected onTaken(_: Uint8Array, bytes: number): void {
    this.owner.sent(bytes);
  }

  protected onError(error: unknown): void {
    this.#hasSettled = true;
    this.owner.sendingFailed(error);
    this.out.error(error);
  }

  protected onComplete(): void {
    this.#hasSettled = true;
    this.owner.sendingCompleted();
    this.out.complete();
  }
}
