import { Observable, Subscriber, type OperatorFunction, type Unsubscribable } from 'rxjs';
import type { AnswerHearer, Datagram } from '../peer';

/** A datagram that was answered. */
export interface Reply {
  readonly datagram: Datagram;
  /** How many bytes went back. */
  readonly bytes: number;
}

/**
 * Answers each datagram, and tells of each answer when the kernel has taken it: the write sink of datagrams.
 *
 * ```text
 * datagrams    --a-b----c|
 * replyWith    ---A-B----(C|)      completes when the last answer is out
 * ```
 *
 * It is `mergeMap((datagram) => datagram.reply(dataOf(datagram)))` without the Observable, the two subscribers and the
 * seven closures that each value costs there: a quarter of all that the server computes for a datagram. Unsubscribed,
 * it cuts the answers that are under way.
 *
 * @param dataOf What to answer with.
 * @param resultOf What to emit of an answer, and of how many bytes went back. Default: a `Reply`.
 */
export const replyWith: ReplyWith =
  <R>(dataOf: DataOf, resultOf: ResultOf<R> = replyOf as ResultOf<R>): OperatorFunction<Datagram, R> =>
  (datagrams$) =>
    new Observable((subscriber) => void datagrams$.subscribe(new Replies(subscriber, dataOf, resultOf)));

type DataOf = (datagram: Datagram) => Uint8Array;
type ResultOf<R> = (datagram: Datagram, bytes: number) => R;

interface ReplyWith {
  (dataOf: DataOf): OperatorFunction<Datagram, Reply>;
  <R>(dataOf: DataOf, resultOf: ResultOf<R>): OperatorFunction<Datagram, R>;
}

const replyOf = (datagram: Datagram, bytes: number): Reply => ({ datagram, bytes });

class Replies<R> extends Subscriber<Datagram> {
  readonly #underWay = new Set<Answer>();
  #ended = false;

  constructor(
    private readonly out: Subscriber<R>,
    private readonly dataOf: DataOf,
    private readonly resultOf: ResultOf<R>,
  ) {
    super();
    out.add(this);
  }

  override next(datagram: Datagram): void {
    if (this.isStopped) return;
    const answer = new Answer(this, datagram);
    const sending = datagram.answer(this.dataOf(datagram), answer);
    // Nearly always the kernel takes it at once.
    if (answer.isSettled) return;
    answer.sending = sending;
    this.#underWay.add(answer);
  }

  protected override _error(error: unknown): void {
    this.out.error(error);
  }

  protected override _complete(): void {
    this.#ended = true;
    if (this.#underWay.size === 0) this.out.complete();
  }

  settled(answer: Answer, bytes: number | undefined): void {
    if (answer.sending) this.#underWay.delete(answer);
    if (bytes !== undefined) this.out.next(this.resultOf(answer.datagram, bytes));
    if (this.#ended && this.#underWay.size === 0) this.out.complete();
  }

  override unsubscribe(): void {
    super.unsubscribe();
    for (const { sending } of this.#underWay) sending?.unsubscribe();
  }
}

/** One answer on its way. */
class Answer implements AnswerHearer {
  isSettled = false;
  sending: Unsubscribable | undefined;

  constructor(
    private readonly replies: Replies<unknown>,
    readonly datagram: Datagram,
  ) {}

  settled(bytes: number | undefined): void {
    this.isSettled = true;
    this.replies.settled(this, bytes);
  }
}
