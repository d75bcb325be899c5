import cluster from 'node:cluster';
import { catchError, fromEvent, Observable, of, take } from 'rxjs';
import type { WorkerMessage, PrimaryMessage } from './messages';

/** A notice from a worker: its messages, and then how it exited. */
export type WorkerNotice = WorkerMessage | { readonly kind: 'ended'; readonly how: string };

/**
 * Forks a worker when subscribed: sends it each order, and emits its messages. Completes when it has exited, with the
 * way it did as the last value. Unsubscribing before that kills it.
 *
 * ```text
 * orders$       ----s--------p-----       serve, stop
 * forkWorker    --r---e-e-e----e-d-(x|)   ready, events, done; ended with status 0
 * ```
 *
 * Orders are for a worker that is ready: what came before would be lost.
 */
export const forkWorker = (orders$: Observable<PrimaryMessage>, kill$: Observable<unknown>): Observable<WorkerNotice> =>
  forked(orders$, kill$).pipe(catchError((cause: unknown) => of<WorkerNotice>({ kind: 'ended', how: String(cause) })));

const forked = (orders$: Observable<PrimaryMessage>, kill$: Observable<unknown>): Observable<WorkerNotice> =>
  new Observable((subscriber) => {
    const worker = cluster.fork();
    let ended = false;
    subscriber.add(() => {
      if (!ended) worker.process.kill('SIGKILL');
    });
    // A worker that is exiting takes no orders; its exit tells everything.
    subscriber.add(orders$.subscribe((order) => worker.send(order, () => undefined)));
    subscriber.add(kill$.subscribe(() => worker.process.kill('SIGKILL')));
    worker.on('error', (cause) => {
      if (worker.process.pid === undefined) subscriber.error(cause);
    });
    worker.on('message', (messages: readonly WorkerMessage[]) => {
      for (const message of messages) subscriber.next(message);
    });
    // `close` comes when the process is gone and its last message is read. Not `disconnect`: Node never emits it of a worker
    // that dies while a connection is being handed to it.
    const closed$ = fromEvent(worker.process, 'close', (status: number | null, signal: string | null) => {
      ended = true;
      return signal ?? `status ${status}`;
    });
    subscriber.add(
      closed$.pipe(take(1)).subscribe((how) => {
        subscriber.next({ kind: 'ended', how });
        subscriber.complete();
      }),
    );
  });
