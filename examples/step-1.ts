/**
 * Step 1: a server is a stream of connections. `tcpServer` listens while it is subscribed; `take(1)` takes the first
 * connection and unsubscribes, which closes the port and ends the process.
 */
import { formatEndpoint, tcpServer } from 'ccecho';
import { take } from 'rxjs';

const port = Number(process.argv[2] ?? 7);

tcpServer({ port })
  .pipe(take(1))
  .subscribe(({ remote }) => console.log(`Accepted connection from: ${formatEndpoint(remote)}`));
