/**
 * Step 5: a stop that loses nothing, in three takeUntils. This is the echo sentence of lib/server/echo/echoConnections.ts,
 * spelled out: completion drains, unsubscription aborts. `lifecycle` lets a bad connection end alone, as an event.
 */
import { formatEndpoint, lifecycle, takeUntilDrained, tcpServer } from 'ccecho';
import { defer, fromEvent, merge, mergeMap, ReplaySubject, switchMap, takeUntil, timer } from 'rxjs';

const port = Number(process.argv[2] ?? 7);

const signal$ = new ReplaySubject<unknown>(1);
merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM')).subscribe(signal$);
const deadline$ = signal$.pipe(switchMap(() => timer(10_000)));

tcpServer({ port })
  .pipe(
    takeUntilDrained(signal$), // 1: accept what the kernel had accepted
    mergeMap((connection) =>
      defer(() =>
        connection.bytes$.pipe(
          takeUntilDrained(signal$, connection.receiveQueue), // 2: read what it had received
          connection.writes(),
        ),
      ).pipe(lifecycle(connection)),
    ),
    takeUntil(deadline$), // 3: cut what is left
  )
  .subscribe((event) => {
    if (event.kind === 'opened') console.log(`Accepted connection from: ${formatEndpoint(event.peer.remote)}`);
    if (event.kind === 'closed') console.log('Client disconnected');
  });
