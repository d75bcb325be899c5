import { EMPTY, map, type Observable } from 'rxjs';
import { assertKeys, type Keys } from '../assertKeys';
import type { EchoEvent } from '../events';
import { assertInRange } from '../options';
import { handlePipelines, type Handler } from './run/handlePipelines';
import { sharedKeys, type ServerOptions } from './serverOptions';
import { runServer } from './run/runServer';

/** The default time limit of a stop. */
const GRACE_MS = 10_000;

export interface ServeOptions extends Omit<ServerOptions, 'requests$'> {
  /**
   * Stops the server; a second value 500 ms or more later ends the drain. Default: only unsubscribing stops it, at
   * once.
   */
  readonly stop$?: Observable<unknown>;
  /** Limits the time to drain at a stop, in milliseconds. Minimum: `0`. Default: `10000`. */
  readonly graceMs?: number;
}

const serveKeys: Keys<ServeOptions> = { ...sharedKeys, hosts: true, faults: true, stop$: true, graceMs: true };

/**
 * Serves any protocol as a cold Observable of events: the handler decides what happens with a peer.
 *
 * ```text
 * stop$     ------------s-------
 * serve     -l-o--c-o---t--c(r|)       listening, opened, closed, stopping, stopped with the report
 * ```
 *
 * Everything else is as in an echo: each peer ends alone, a stop drains, and limits, access lists and stages apply. The
 * stages stand between what the handler writes and the sink. Over UDP each peer is a flow. The last event is the
 * report.
 *
 * Errors with `ERR_ECHO_LISTEN` when an address cannot be bound.
 *
 * @param handle Called for each connection and each UDP flow. When its Observable completes, our side ends (FIN); when
 *   it errors, the connection is reset.
 * @throws `ERR_ECHO_OPTION` for an invalid option.
 * @example
 * const upperCase: Handler = (peer) =>
 *   peer.bytes$.pipe(
 *     map((bytes) => Buffer.from(bytes.toString().toUpperCase())),
 *     peer.writes(),
 *   );
 * serve(upperCase, { port: 7007 }).subscribe();
 *
 */
export const serve = (handle: Handler, options: ServeOptions): Observable<EchoEvent> => {
  assertKeys('serve', options, serveKeys);
  const { stop$ = EMPTY, graceMs = GRACE_MS, ...serverOptions } = options;
  assertInRange('graceMs', graceMs, 0);
  return serveRequests(handle, { ...serverOptions, requests$: stop$.pipe(map(() => ({ graceMs }))) });
};

/** As `serve`, with the requests to stop as the command line has them. */
export const serveRequests = (handle: Handler, options: ServerOptions): Observable<EchoEvent> =>
  runServer(options, handlePipelines(handle));
