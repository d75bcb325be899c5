import { Observable, type Subscriber } from 'rxjs';
import { EchoError } from '../errors';
import type { Stage } from '../stage';
import type { ByteBudget, BudgetAccount } from '../budget';
import { ForwardingSubscriber } from '../streams/forwardingSubscriber';
import { fromAsyncIterable, type Demand } from '../backpressure/fromAsyncIterable';
import { toAsyncIterable, type PulledBytes } from '../backpressure/toAsyncIterable';

/**
 * Returns a stage from a transform that pulls the whole stream: framing, parsing, or any state across chunks.
 *
 * The transform can use IxJS, an async generator, or any other AsyncIterable. What waits to be pulled is charged to the
 * budget, so that a slow transform slows the peer, and the output is pulled only while there is room downstream. On UDP
 * each value is one datagram.
 *
 * ```text
 * source                          -a----b--c-|
 * pulled(one pull takes 3 ms)     ----a----b--c|
 * ```
 *
 * The stage completes when the transform ends, and errors when it throws. Its input is `done` when the peer has ended its
 * side, when a stop has read everything that the kernel had received, or when a live change takes the stage out of the
 * chain. If the connection breaks, its pull rejects with `ERR_ECHO_CONNECTION`; if it is aborted, with
 * `ERR_ECHO_ABORTED`. So a transform that commits at the end of its `for await` does not commit a broken stream.
 *
 * @example
 * import { from } from 'ix/asynciterable';
 * import { map } from 'ix/asynciterable/operators';
 * const shout = pulled((bytes) => from(bytes).pipe(map((chunk) => Buffer.from(chunk.toString().toUpperCase()))));
 *
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

/** Pulls while there is room downstream. */
const paceOf = (account: BudgetAccount, { drain$ }: Pick<ByteBudget, 'drain$'>): Demand => ({
  get open() {
    return account.downstreamWritable;
  },
  drain$,
});

/** Forwards the output of the transform, and stops its input at the end. */
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
