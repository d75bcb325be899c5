import { Observable, type Subscriber } from 'rxjs';
import { EchoError } from '../errors';
import type { Stage } from '../stage';
import type { ByteBudget, BudgetAccount } from '../budget';
import { ForwardingSubscriber } from '../streams/forwardingSubscriber';
import { fromAsyncIterable, type Demand } from '../backpressure/fromAsyncIterable';
import { toAsyncIterable, type PulledBytes } from '../backpressure/toAsyncIterable';

/**
 * A stage from a whole-stream transform that pulls: framing, parsing, replay, whatever keeps state across chunks.
 * Written with IxJS, with an async generator, or with anything that makes an AsyncIterable of one.
 *
 * Exact: what waits to be pulled is charged to the connection's budget and refunded at the pull, so that a slow
 * transform slows the peer, and the output is pulled only while what is downstream takes it. On UDP each value is one
 * datagram.
 *
 * ```text
 * source                          -a----b--c-|
 * pulled(one pull takes 3 ms)     ----a----b--c|
 * ```
 *
 * The stage completes when the transform ends, and errors when it throws. The transform's input is `done` only when the
 * peer has ended its side, or when a change takes the stage out of the chain. When the connection breaks its pull rejects
 * with `ERR_ECHO_CONNECTION`, when it is aborted with `ERR_ECHO_ABORTED`: a transform that commits at the end of its
 * `for await` never commits a half.
 *
 * @example
 * import { from } from 'ix/asynciterable';
 * import { map } from 'ix/asynciterable/operators';
 * const shout = pulled((bytes) => from(bytes).pipe(map((chunk) => Buffer.from(chunk.toString().toUpperCase()))));
 */
export const pulled = (transform: (bytes: AsyncIterable<Buffer>) => AsyncIterable<Buffer>): Stage =>
  Object.assign(
    (({ budget }) =>
      (source) =>
        new Observable((out) => {
          const account = budget.openAccount();
          const input = toAsyncIterable(source, () => account);
          const output = new PulledOutput(out, input, account);
          out.add(output.end);
          fromAsyncIterable(transform(input), paceOf(account, budget)).subscribe(output);
        })) satisfies Stage,
    { retains: true },
  );

/** It is pulled while what stands behind it has room. */
const paceOf = (account: BudgetAccount, { drain$ }: Pick<ByteBudget, 'drain$'>): Demand => ({
  get open() {
    return account.downstreamWritable;
  },
  drain$,
});

/** What the transform makes, and the end of what it is fed. */
class PulledOutput extends ForwardingSubscriber<Buffer, Buffer> {
  #isOver = false;

  constructor(
    out: Subscriber<Buffer>,
    private readonly input: PulledBytes,
    private readonly account: BudgetAccount,
  ) {
    super(out);
  }

  next(chunk: Buffer): void {
    this.out.next(chunk);
  }

  override error(error: unknown): void {
    this.#isOver = true;
    this.out.error(error);
  }

  override complete(): void {
    this.#isOver = true;
    this.out.complete();
  }

  readonly end = (): void => {
    const aborted = new EchoError('ERR_ECHO_ABORTED', 'The stream was aborted before its end');
    this.input.stop(this.#isOver ? undefined : aborted);
    this.account.release();
  };
}
