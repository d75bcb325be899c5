import { Observable, type MonoTypeOperatorFunction, type Subscriber } from 'rxjs';
import type { LightSubscriber } from './lightSubscriber';

/** The operator of a subscriber that is made for the one behind it, and ends with that. */
export const operate =
  (make: (out: Subscriber<Buffer>) => LightSubscriber<Buffer>): MonoTypeOperatorFunction<Buffer> =>
  (source) =>
    new Observable((out) => {
      const subscriber = make(out);
      out.add(subscriber);
      if (!subscriber.closed) source.subscribe(subscriber);
    });
