import { Observable, share } from 'rxjs';

/**
 * Emits once in each turn of Node's event loop, after the turn's polling for I/O, while subscribed.
 *
 * `setImmediate` and nothing else: a microtask (`asapScheduler`) is not a turn, and a timer waits for time, not for I/O.
 */
export const eventLoopTurns$: Observable<void> = new Observable<void>((subscriber) => {
  let next = setImmediate(turn);
  function turn(): void {
    next = setImmediate(turn);
    subscriber.next();
  }
  return () => clearImmediate(next);
}).pipe(share());
