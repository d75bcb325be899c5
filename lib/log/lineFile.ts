import { writeSync } from 'node:fs';
import type { Destination } from './boundedWriter';

const NEWLINE = Buffer.from('\n');

/**
 * Writes each line to a file at once. If the disk is full, the line is lost, `done` is called with the error, and the
 * next line is tried again. A partly written line is ended first. Node's own streams stop after the first error.
 *
 * @param fd A descriptor that is open for writing, and stays open.
 * @param write Default: `fs.writeSync`.
 */
export class LineFile implements Destination {
  readonly writableLength = 0;
  readonly destroyed = false;
  /** Whether the file ends within a line. */
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
      // A line that lacks only its newline is not lost: the next line adds it.
      if (written < bytes.byteLength - 1) return done(error as Error);
    } finally {
      if (written > 0) this.#isCut = bytes[written - 1] !== NEWLINE[0];
    }
    done();
  }
}
