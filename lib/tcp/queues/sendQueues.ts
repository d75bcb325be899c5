// Not `node:fs/promises`, which Node would load at every start: here it is loaded when it is asked.
import { promises } from 'node:fs';
import { defer, type Observable } from 'rxjs';
import type { Endpoint } from '../../endpoint';
import { MAPPED_PREFIX, procAddress } from '../../net/procAddress';

/** The two ends of a connection, which the kernel knows it by. */
export interface Ends {
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

/** How many bytes of a connection the kernel holds that the peer has not acknowledged; `undefined` where it does not say. */
export type SendQueueOf = (connection: Ends) => number | undefined;

/**
 * Under `self`: a unit of systemd with `ProcSubset=pid` has no `/proc/net`. A socket for IPv6 and IPv4, which is the default,
 * has its IPv4 connections in `tcp6` too.
 */
const TABLES = ['/proc/self/net/tcp6', '/proc/self/net/tcp'];

/**
 * Reads the send queues of connections, as Linux shows them (`tx_queue`); emits once, and completes.
 *
 * Asynchronously, and to be asked for few: a table of 18,000 rows takes 25 to 45 ms of CPU.
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

/** Empty where there is none: without IPv6, and elsewhere than on Linux. */
const readTable = (table: string): Promise<string> => promises.readFile(table, 'latin1').catch(() => '');

/**
 * Takes the queues of the rows that are wanted. A row has fixed columns after its number:
 * `   0: 0100007F:1F90 0100007F:D431 01 0000A1B2:00000000 …`
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
    // Behind the state, two digits.
    const queue = end + ' 01 '.length;
    if (wanted.has(row)) found.set(row, parseInt(table.slice(queue, queue + 8), 16));
  }
};

/** A connection as its row names it: `0100007F:1F90 0100007F:D431`. */
const rowOf = ({ local, remote }: Ends): string => `${procAddress(local)} ${procAddress(remote)}`;
