import { readFileSync } from 'node:fs';

/** File descriptors beside the sockets: stdio, the event loop (18 in all), logs, and files that are read. */
const RESERVED = 31;

/**
 * Returns how many connections the file descriptor limit allows, `Infinity` if there is none. Above it, Node closes
 * accepted connections without an event.
 *
 * @param sockets The number of other sockets; see `otherSockets`.
 * @param descriptors Default: the limit of this process; Node raises its soft limit to the hard one at the start.
 */
export const maxConnectionsForUlimit = (sockets: number, descriptors = descriptorLimit()): number =>
  Math.max(1, descriptors - RESERVED - sockets);

/** A report of the process would take ten times as long: 9 ms of each start. */
const descriptorLimit = (): number => {
  try {
    return numberOf(/^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
  } catch {
    const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
    return numberOf(userLimits?.open_files?.soft);
  }
};

/** `unlimited` or a missing value is no limit. */
const numberOf = (limit: unknown): number => Number(limit) || Infinity;
