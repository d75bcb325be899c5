/**
 * A load balancer for echo servers, TCP and UDP: choose a backend, `connect → relay`. Every 300 ms each backend has to echo
 * a few bytes; one that does not gets no new client, and those that it has keep it to their end.
 */
import { relay, reader, tcpClient, udpClient, type Connection, type Endpoint, type Flow, type Handler } from 'ccecho';
import {
  catchError,
  concatMap,
  defer,
  finalize,
  from,
  map,
  merge,
  mergeMap,
  of,
  retry,
  share,
  switchMap,
  tap,
  timeout,
  timer,
  type Observable,
} from 'rxjs';
import { listen } from './listen';

interface Backend extends Endpoint {
  /** Clients that it has now. */
  clients: number;
  isAlive: boolean;
}

const CHECK_MS = 300;
const CONNECT_MS = 1000;
const QUESTION = Buffer.from('ccecho-check\n');

type Policy = (backends: readonly Backend[]) => Backend;

let turns = 0;
const policies: Readonly<Record<string, Policy>> = {
  'round-robin': (from) => from[turns++ % from.length]!,
  'least-connections': (from) => [...from].sort((one, other) => one.clients - other.clients)[0]!,
};

const words = require.main === module ? process.argv.slice(3) : (process.env['BACKENDS'] ?? '').split(/[ ,]+/);
const choose = policies[words.find((word) => word in policies) ?? 'round-robin']!;
const backends = words
  .filter((word) => word.includes(':'))
  .map((word): Backend => {
    const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(word) ?? [];
    return { host, port: Number(port), clients: 0, isAlive: true };
  });

if (backends.length === 0) throw new Error('no backend; expected HOST:PORT as an argument, or in BACKENDS');

/** Emits whether a backend echoes, and goes on for ever. */
const checks = ({ host, port }: Backend): Observable<boolean> =>
  timer(0, CHECK_MS).pipe(
    switchMap(() =>
      tcpClient({ host, port }).pipe(
        mergeMap((connection) =>
          merge(
            of(QUESTION).pipe(connection.writes()),
            from(reader(connection.bytes).exactly(QUESTION.length)).pipe(map((answer) => answer.equals(QUESTION))),
          ),
        ),
        timeout({ first: CHECK_MS - 50 }),
        catchError(() => of(false)),
      ),
    ),
  );

/** The checks of all backends, which run while there is a client, and a little longer. */
const checking$ = merge(
  ...backends.map((backend) => checks(backend).pipe(tap((isAlive) => (backend.isAlive = isAlive)))),
).pipe(share({ resetOnRefCountZero: () => timer(CHECK_MS) }));

/** Connects a client to a backend; one that refuses is left at once, until a check finds that it echoes again. */
const connect = (client: Connection | Flow): Observable<readonly [Backend, Connection | Flow]> =>
  defer(() => {
    const alive = backends.filter(({ isAlive }) => isAlive);
    // If all are dead, one may be back: no check ran while there was no client.
    const backend = choose(alive.length > 0 ? alive : backends);
    const { host, port } = backend;
    const server$: Observable<Connection | Flow> =
      client.transport === 'tcp' ? tcpClient({ host, port }) : udpClient({ host, port });
    return server$.pipe(
      timeout({ first: CONNECT_MS }),
      map((server) => [backend, server] as const),
      tap({ error: () => (backend.isAlive = false) }),
    );
  }).pipe(retry({ count: backends.length }));

export const handler: Handler = (client) =>
  defer(() => {
    const checking = checking$.subscribe();
    return connect(client).pipe(
      concatMap(([backend, server]) => {
        backend.clients += 1;
        return relay(client, server).pipe(finalize(() => (backend.clients -= 1)));
      }),
      finalize(() => checking.unsubscribe()),
    );
  });

if (require.main === module) listen(handler, Number(process.argv[2] ?? 7000), { udp: true });
