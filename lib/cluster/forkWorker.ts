import cluster from 'node:cluster';
import { catchError, fromEvent, Observable, of, take } from 'rxjs';
import type { WorkerMessage, PrimaryMessage } from './messages';

/** What is heard of a worker: its own words, and then how it ended. */
export type WorkerNotice = WorkerMessage | { readonly kind: 'ended'; readonly how: string };

/**
 * One worker process: forked when subscribed; sends it each order, emits what it says, and completes when it has ended,
 * its last value being how. Unsubscribing before that kills it.
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
    // A worker that is going takes no order any more: its end says all that there is to say.
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
