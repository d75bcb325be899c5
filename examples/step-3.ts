/**
 * Step 3: the echo. `send(bytes$)` writes back what the client sends, reads only as fast as the client takes it, and
 * completes when the connection is closed: what is concatenated behind it happens then.
 */
import { formatEndpoint, tcpServer, type Connection } from 'ccecho';
import { catchError, concat, EMPTY, ignoreElements, mergeMap, of } from 'rxjs';

const port = Number(process.argv[2] ?? 7);

const echo = (connection: Connection) =>
  concat(
    of(`Accepted connection from: ${formatEndpoint(connection.remote)}`),
    connection.send(connection.bytes$).pipe(
      ignoreElements(),
      catchError(() => EMPTY),
    ),
    of('Client disconnected'),
  );

tcpServer({ port })
  .pipe(mergeMap(echo))
  .subscribe((line) => console.log(line));
