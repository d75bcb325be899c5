/**
 * Step 2: many clients at once. `mergeMap` turns each connection into a stream of its own, open for as long as the
 * client stays, and merges them. What a client sends is read and dropped; a connection that breaks ends alone.
 */
import { formatEndpoint, tcpServer, type Connection } from 'ccecho';
import { catchError, concat, EMPTY, ignoreElements, mergeMap, of } from 'rxjs';

const port = Number(process.argv[2] ?? 7);

const serve = (connection: Connection) =>
  concat(
    of(`Accepted connection from: ${formatEndpoint(connection.remote)}`),
    connection.bytes$.pipe(
      ignoreElements(),
      connection.writes(),
      catchError(() => EMPTY),
    ),
  );

tcpServer({ port })
  .pipe(mergeMap(serve))
  .subscribe((line) => console.log(line));
