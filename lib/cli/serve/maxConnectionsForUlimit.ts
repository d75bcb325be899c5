import { readFileSync } from 'node:fs';

/** What the server needs beside its sockets: stdio, the event loop's own (18 in all), logs, files that it reads. */
const RESERVED = 31;

/**
 * How many connections fit the file descriptors of this process. Above that Node closes what it accepts without a word,
 * so that nobody can count it. Infinity where the system knows no such limit.
 *
 * @param sockets How many others the server has; see `otherSockets`.
 * @param descriptors Default: those of this process; Node raises its soft limit to the hard one when it starts.
 */
export const maxConnectionsForUlimit = (sockets: number, descriptors = descriptorLimit()): number =>
  Math.max(1, descriptors - RESERVED - sockets);

/** From /proc where there is one: a report of the process takes ten times as long, 9 ms of each start. */
const descriptorLimit = (): number => {
  try {
    return numberOf(/^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
  } catch {
    const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
    return numberOf(userLimits?.open_files?.soft);
  }
};

/** `unlimited`, and what is not there, is no limit. */
const numberOf = (limit: unknown): number => Number(limit) || Infinity;
