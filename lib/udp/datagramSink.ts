import type { BudgetAccount } from '../budget';
import { LightSubscriber } from '../streams/lightSubscriber';
import { invalidChunkError } from '../errors';
import type { PendingSend, ReplyPath, SendOwner } from '../peer';

/**
 * The write sink of datagrams: sends one for each value, and completes when its source has and the kernel has taken
 * all. Unsubscribing before that drops the pending ones.
 *
 * ```text
 * source    -a--b|
 * kernel    -a----b          b is taken 2 later
 * sink      ------|
 * ```
 */
export abstract class DatagramSink<T> extends LightSubscriber<T> implements SendOwner {
  /** The account of what waits for the kernel. */
  abstract readonly account: BudgetAccount | undefined;
  /** The pending datagrams, each with its value and length. */
  #pending: Map<PendingSend, { readonly value: T; readonly bytes: number }> | undefined;
  #hasEnded = false;
  /** The value that is being sent. */
  #value: T | undefined;
  #bytes = 0;

  error(error: unknown): void {
    if (this.closed) return;
    // Pending datagrams are still sent after an error of the source; only unsubscribing drops them.
    this.#pending = undefined;
    super.unsubscribe();
    this.onError(error);
  }

  complete(): void {
    if (this.closed) return;
    this.#hasEnded = true;
    super.unsubscribe();
    if (!this.#pending?.size) this.onComplete();
  }

  /** Nothing waits for the end any more. */
  override unsubscribe(): void {
    super.unsubscribe();
    const pending = this.#pending;
    this.#pending = undefined;
    for (const send of pending?.keys() ?? []) send.unsubscribe();
  }

  onPending(send: PendingSend): void {
    (this.#pending ??= new Map()).set(send, { value: this.#value as T, bytes: this.#bytes });
    this.account?.charge(this.#bytes);
  }

  onSettled(send: PendingSend, taken: boolean): void {
    const sent = this.#pending?.get(send);
    if (!sent || !this.#pending?.delete(send)) return;
    this.account?.refund(sent.bytes);
    if (taken) this.onTaken(sent.value, sent.bytes);
    if (this.#hasEnded && this.#pending.size === 0) this.onComplete();
  }

  /** Sends the datagram of a value. */
  protected send(value: T, data: Uint8Array, path: ReplyPath): void {
    if (!(data instanceof Uint8Array)) return this.error(invalidChunkError(data));
    this.#value = value;
    this.#bytes = data.byteLength;
    const taken = path.trySend(data, this);
    this.#value = undefined;
    if (taken) this.onTaken(value, data.byteLength);
  }

  /** Called when the kernel has taken the datagram of a value. */
  protected abstract onTaken(value: T, bytes: number): void;
  protected abstract onError(error: unknown): void;
  /** Called when the source has completed, and the kernel has taken everything or never will. */
  protected abstract onComplete(): void;
}
