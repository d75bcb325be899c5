import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Writable } from 'node:stream';
import type { Destination } from './boundedWriter';
import { LineFile } from './lineFile';

/**
 * Returns where to write the lines of a file descriptor: a file takes each at once, and again after its disk was full. A
 * pipe, a socket and a terminal may be stuck: a stream waits for them.
 *
 * @param stream Called for those alone.
 */
export const destinationOf = (fd: number, stream: () => Writable): Destination =>
  isFile(fd) ? new LineFile(fd) : stream();

/** `/dev/null` and `/dev/full` take lines as a file does. */
const isFile = (fd: number): boolean => {
  try {
    const stats = fstatSync(fd);
    return stats.isFile() || (stats.isCharacterDevice() && !isatty(fd));
  } catch {
    return false;
  }
};
