import { readFileSync } from 'node:fs';

/** What the server needs beside its connections: stdio, the event loop's own, listeners, logs, who asks for metrics. */
const RESERVED = 32;

/**
 * How many connections fit the file descriptors of this process. Above that Node closes what it accepts without a word,
 * so that nobody can count it. Infinity where the system knows no such limit.
 *
 * @param descriptors Default: those of this process; Node raises its soft limit to the hard one when it starts.
 */
export const fittingConnections = (descriptors = descriptorLimit()): number => Math.max(1, descriptors - RESERVED);

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
