import { defer, finalize } from 'rxjs';
import type { Stage } from '../stage';
import { paced } from './paced';
import { pullable } from './pullable';

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
 * The stage completes when the transform ends, errors when it throws, and ends the transform's input (a waiting pull
 * resolves with `done`) when it is unsubscribed.
 *
 * @example
 * import { from } from 'ix/asynciterable';
 * import { map } from 'ix/asynciterable/operators';
 * const shout = pulled((bytes) => from(bytes).pipe(map((chunk) => Buffer.from(chunk.toString().toUpperCase()))));
 */
export const pulled =
  (transform: (bytes: AsyncIterable<Buffer>) => AsyncIterable<Buffer>): Stage =>
  ({ budget }) =>
  (source) =>
    defer(() => {
      const holder = budget.holder();
      const input = pullable(source, () => holder);
      const pace = { isOpen: () => holder.downstreamOpen, eased$: budget.eased$ };
      return paced(transform(input), pace).pipe(
        finalize(() => {
          input.stop();
          holder.release();
        }),
      );
    });
