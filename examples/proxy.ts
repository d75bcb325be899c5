/** A proxy: it connects each client to a server, and delays what the server sends. */
import { latency, relay, serve, tcpClient, type Handler } from 'ccecho';
import { fromEvent, merge, mergeMap } from 'rxjs';

const [port, serverPort] = [Number(process.argv[2] ?? 7007), Number(process.argv[3] ?? 7008)];
const downstream = [latency({ delayMs: 50 })];

const handler: Handler = (client) =>
  tcpClient({ host: '127.0.0.1', port: serverPort }).pipe(mergeMap((server) => relay(client, server, { downstream })));

const stop$ = merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'));
serve(handler, { tcp: true, port, stop$ }).subscribe({
  next: (event) => console.log(event.kind, event.kind === 'closed' ? event.reason : ''),
  error: (error: unknown) => console.error(String(error)),
});
