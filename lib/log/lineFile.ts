import { writeSync } from 'node:fs';
import type { Destination } from './boundedWriter';

const NEWLINE = Buffer.from('\n');

/**
 * A file of lines, each written at once. One that the system does not take, on a full disk, is lost, `done` is called with
 * the error, and the next is tried again. What the system took of a lost line is ended, so that the next line is one by
 * itself. Node's own streams take nothing more after an error.
 *
 * @param fd Open for writing; it stays open.
 * @param write Default: `fs.writeSync`.
 */
export class LineFile implements Destination {
  readonly writableLength = 0;
  readonly destroyed = false;
  /** Whether the file ends in a part of a line. */
  #isCut = false;

  constructor(
    private readonly fd: number,
    private readonly tryWrite: (fd: number, bytes: Uint8Array, offset: number) => number = writeSync,
  ) {}

  write(line: Buffer, done: (error?: Error | null) => void): void {
    const bytes = this.#isCut ? Buffer.concat([NEWLINE, line]) : line;
    let written = 0;
    try {
      while (written < bytes.byteLength) written += this.tryWrite(this.fd, bytes, written);
    } catch (error) {
      // A line that lacks its end alone is not lost: the next one brings it.
      if (written < bytes.byteLength - 1) return done(error as Error);
    } finally {
      if (written > 0) this.#isCut = bytes[written - 1] !== NEWLINE[0];
    }
    done();
  }
}
