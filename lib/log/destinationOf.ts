import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Writable } from 'node:stream';
import type { Destination } from './boundedWriter';
import { LineFile } from './lineFile';

/**
 * Returns where to write lines for a file descriptor. A file takes each line at once, and again after its disk was
 * full. A pipe, socket or terminal may be stuck, so a stream waits for it.
 *
 * @param stream Called for a pipe, socket or terminal.
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
