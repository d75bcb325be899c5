import { Subscriber, type TeardownLogic } from 'rxjs';

/**
 * A subscriber right before another one, with whom it ends: what is to be torn down with it hangs on `out` itself. RxJS
 * gives every subscriber a list of its own, of 17 places; at thousands of connections that is most of what a stage costs.
 *
 * An end is passed on as it is, unless a subclass has more to say of it. Only where `out` ends whenever this one does:
 * what hangs on it is not torn down before.
 */
export abstract class Inner<T, R> extends Subscriber<T> {
  constructor(protected readonly out: Subscriber<R>) {
    super();
  }

  override add(teardown: TeardownLogic): void {
    this.out.add(teardown);
  }

  protected override _error(error: unknown): void {
    this.out.error(error);
  }

  protected override _complete(): void {
    this.out.complete();
  }
}
