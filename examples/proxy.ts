/** A proxy: it connects each client to a server, and delays what the server sends. */
import { latency, relay, serve, tcpClient, type Handler } from 'ccecho';
import { fromEvent, mergeMap } from 'rxjs';

const [port, serverPort] = [Number(process.argv[2] ?? 7007), Number(process.argv[3] ?? 7008)];
const downstream = [latency({ delayMs: 50 })];

const handler: Handler = (client) =>
  tcpClient({ host: '127.0.0.1', port: serverPort }).pipe(mergeMap((server) => relay(client, server, { downstream })));

serve(handler, { tcp: true, port, stop$: fromEvent(process, 'SIGTERM') }).subscribe(({ kind }) => console.log(kind));
