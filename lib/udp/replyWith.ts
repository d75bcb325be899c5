import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';
import type { Datagram, ServedDatagram } from '../peer';
import { DatagramSink } from './datagramSink';

/** A datagram and the reply to it. */
export interface Reply {
  readonly datagram: Datagram;
  /** The bytes that were sent. */
  readonly bytes: number;
}

/**
 * Replies to each datagram, and emits each reply when the kernel has taken it: the write sink of datagrams.
 *
 * ```text
 * datagrams    --a-b----c|
 * replyWith    ---A-B----(C|)      completes when the last answer is out
 * ```
 *
 * It does what `mergeMap((datagram) => datagram.reply(dataOf(datagram)))` does without its Observable, two subscribers
 * and seven closures for each value (016). Unsubscribing drops the pending replies.
 *
 * @param dataOf Returns the data of the reply.
 * @param resultOf Returns the value to emit for a reply; `undefined` emits nothing. Default: a `Reply`.
 */
export const replyWith: ReplyWith =
  <R>(dataOf: DataOf, resultOf: ResultOf<R> = replyOf as ResultOf<R>): OperatorFunction<Datagram, R> =>
  (datagrams$) =>
    new Observable((out) => {
      const replies = new Replies(out, dataOf, resultOf);
      // Before the source, which may emit synchronously.
      out.add(replies);
      datagrams$.subscribe(replies);
    });

type DataOf = (datagram: Datagram) => Uint8Array;
type ResultOf<R> = (datagram: Datagram, bytes: number) => R | undefined;

interface ReplyWith {
  (dataOf: DataOf): OperatorFunction<Datagram, Reply>;
  <R>(dataOf: DataOf, resultOf: ResultOf<R>): OperatorFunction<Datagram, R>;
}

const replyOf = (datagram: Datagram, bytes: number): Reply => ({ datagram, bytes });

class Replies<R> extends DatagramSink<Datagram> {
  /** The account of the socket serves all replies. */
  readonly account = undefined;

  constructor(
    private readonly out: Subscriber<R>,
    private readonly dataOf: DataOf,
    private readonly resultOf: ResultOf<R>,
  ) {
    super();
  }

  next(datagram: Datagram): void {
    if (this.closed) return;
    this.send(datagram, this.dataOf(datagram), datagram as ServedDatagram);
  }

  protected onTaken(datagram: Datagram, bytes: number): void {
    const result = this.resultOf(datagram, bytes);
    if (result !== undefined) this.out.next(result);
  }

  protected onError(error: unknown): void {
    this.out.error(error);
  }

  protected onComplete(): void {
    this.out.complete();
  }
}
