import { Observable, share } from 'rxjs';

/**
 * Emits once in each turn of Node's event loop, after it has polled for I/O.
 *
 * It uses `setImmediate`: a microtask (`asapScheduler`) is not a turn, and a timer does not wait for I/O.
 */
export const eventLoopTurns$: Observable<void> = new Observable<void>((subscriber) => {
  let next = setImmediate(turn);
  function turn(): void {
    next = setImmediate(turn);
    subscriber.next();
  }
  return () => clearImmediate(next);
}).pipe(share());
