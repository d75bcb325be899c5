import { Writable } from 'node:stream';

/** The bytes of a log that may wait for its destination. */
const WAITING_BYTES = 1024 * 1024;

/** Receives lines: a stream of Node, or a `LineFile`. */
export type Destination = Pick<Writable, 'writableLength' | 'destroyed'> & {
  write(line: Buffer, done: (error?: Error | null) => void): unknown;
};

/**
 * Writes lines without ever blocking the writer. What waits for a slow reader is bounded; further lines are lost, as
 * are lines that a full disk rejects. When the destination takes lines again, a line tells how many were lost. A stream
 * that has failed (`| head -1`) takes none any more.
 */
export class BoundedWriter extends Writable {
  /** Formats the line about lost lines. Default: losses are counted until it is set. */
  lostLine: ((lines: number, reason: string) => string) | undefined;
  /** Lost lines that are not yet reported, by reason. */
  readonly #unreported = new Map<string, number>();
  #lostLines = 0;
  #failed = false;

  constructor(private readonly destination: Destination) {
    super();
    if (destination instanceof Writable) destination.on('error', () => (this.#failed = true));
  }

  /** Whether the destination has taken everything, or has failed. */
  get isDone(): boolean {
    return this.#isGone || this.destination.writableLength === 0;
  }

  /** The number of lost lines in all. */
  get lostLines(): number {
    return this.#lostLines;
  }

  // As bytes, because a socket that waits counts the characters of a text.
  override _write(line: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.reportLost();
    if (this.destination.writableLength + line.byteLength > WAITING_BYTES) this.#lose(NOT_READ);
    else this.#send(line);
    done();
  }

  /** Writes how many lines were lost, if the destination takes it. */
  reportLost(): void {
    const { lostLine } = this;
    if (!lostLine || this.#isGone || this.destination.writableLength > WAITING_BYTES / 2) return;
    for (const [reason, lines] of [...this.#unreported]) {
      this.#unreported.delete(reason);
      this.destination.write(Buffer.from(lostLine(lines, reason)), (error) => error && this.#count(reason, lines));
    }
  }

  get #isGone(): boolean {
    return this.#failed || this.destination.destroyed;
  }

  #send(line: Buffer): void {
    if (this.#isGone) return;
    this.destination.write(line, (error) => {
      if (error) this.#lose(error.message);
      else this.reportLost();
    });
  }

  #lose(reason: string): void {
    this.#lostLines += 1;
    this.#count(reason, 1);
  }

  #count(reason: string, lines: number): void {
    this.#unreported.set(reason, (this.#unreported.get(reason) ?? 0) + lines);
  }
}

const NOT_READ = 'they were not read in time';
