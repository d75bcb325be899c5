// Not `node:fs/promises`, which Node would load at every start. `promises` loads it when it is first used.
import { promises } from 'node:fs';
import { defer, type Observable } from 'rxjs';
import type { Endpoint } from '../../endpoint';
import { MAPPED_PREFIX, procAddress } from '../../net/procAddress';

/** The two endpoints by which the kernel identifies a connection. */
export interface Ends {
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

/** Returns the bytes that the peer has not acknowledged; `undefined` if the system does not report them. */
export type SendQueueOf = (connection: Ends) => number | undefined;

/**
 * The tables are read under `self`, because a systemd unit with `ProcSubset=pid` has no `/proc/net`. A dual-stack
 * socket, which is the default, has its IPv4 connections in `tcp6` too.
 */
const TABLES = ['/proc/self/net/tcp6', '/proc/self/net/tcp'];

/**
 * Reads the send queues of connections on Linux (`tx_queue`).
 *
 * Emits once, and completes. Call it rarely: to read a table of 18,000 rows takes 25 to 45 ms of CPU.
 *
 * @param read Reads a table. Default: from /proc.
 */
export const sendQueues = (connections: readonly Ends[], read = readTable): Observable<SendQueueOf> =>
  defer(async () => {
    const wanted = new Set(connections.map(rowOf));
    const found = new Map<string, number>();
    for (const table of TABLES) {
      if (found.size < wanted.size) collect(await read(table), wanted, found);
    }
    return (connection: Ends) => found.get(rowOf(connection));
  });

/** Returns an empty text if there is no such table: without IPv6, and on other systems than Linux. */
const readTable = (table: string): Promise<string> => promises.readFile(table, 'latin1').catch(() => '');

/**
 * Adds the queues of the wanted rows to `found`.
 *
 * A row has fixed columns after its number: `   0: 0100007F:1F90 0100007F:D431 01 0000A1B2:00000000 …`
 */
const collect = (table: string, wanted: ReadonlySet<string>, found: Map<string, number>): void => {
  for (let line = table.indexOf('\n'); line !== -1; line = table.indexOf('\n', line + 1)) {
    const colon = table.indexOf(': ', line);
    if (colon === -1) return;
    const start = colon + 2;
    const localEnd = table.indexOf(' ', start);
    const end = localEnd + 1 + (localEnd - start);
    const isMapped = table.startsWith(MAPPED_PREFIX, start);
    const row = isMapped
      ? `${table.slice(start + MAPPED_PREFIX.length, localEnd)} ${table.slice(localEnd + 1 + MAPPED_PREFIX.length, end)}`
      : table.slice(start, end);
    // The queue follows the state, which has two digits.
    const queue = end + ' 01 '.length;
    if (wanted.has(row)) found.set(row, parseInt(table.slice(queue, queue + 8), 16));
  }
};

/** Returns the endpoints as a row shows them: `0100007F:1F90 0100007F:D431`. */
const rowOf = ({ local, remote }: Ends): string => `${procAddress(local)} ${procAddress(remote)}`;
