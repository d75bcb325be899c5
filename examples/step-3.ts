/**
 * Step 3: the echo. `writes()` is the sink: it writes back what the client sends, which is read only as fast as the client
 * takes it, and completes when the connection is closed: what is concatenated behind it happens then.
 */
import { formatEndpoint, tcpServer, type Connection } from 'ccecho';
import { catchError, concat, EMPTY, mergeMap, of } from 'rxjs';

const port = Number(process.argv[2] ?? 7);

const echo = (connection: Connection) =>
  concat(
    of(`Accepted connection from: ${formatEndpoint(connection.remote)}`),
    connection.bytes$.pipe(
      connection.writes(),
      catchError(() => EMPTY),
    ),
    of('Client disconnected'),
  );

tcpServer({ port })
  .pipe(mergeMap(echo))
  .subscribe((line) => console.log(line));
