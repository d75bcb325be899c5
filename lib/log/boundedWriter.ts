import { Writable } from 'node:stream';

/** How much of a log may wait for its destination. */
const WAITING_BYTES = 1024 * 1024;

/** Where lines go. Node's streams are such; see `LineFile`, too. */
export type Destination = Pick<Writable, 'writableLength' | 'destroyed'> & {
  write(line: Buffer, done: (error?: Error | null) => void): unknown;
};

/**
 * A destination of lines that never stops whoever writes. What a stuck reader leaves waiting is bounded, and further lines
 * are lost, as are those that a full disk does not take. When the destination takes lines again, a line says how many. A
 * stream that fails (`| head -1`) takes none any more.
 */
export class BoundedWriter extends Writable {
  /** How a line looks here that tells of lost ones. Default: they are counted until it is set. */
  lostLine: ((lines: number, reason: string) => string) | undefined;
  /** Lines that were lost, and not yet told, by reason. */
  readonly #unreported = new Map<string, number>();
  #lostLines = 0;
  #failed = false;

  constructor(private readonly destination: Destination) {
    super();
    if (destination instanceof Writable) destination.on('error', () => (this.#failed = true));
  }

  /** Whether the destination has taken everything, or never will. */
  get isDone(): boolean {
    return this.#isGone || this.destination.writableLength === 0;
  }

  /** How many lines were lost in all. */
  get lostLines(): number {
    return this.#lostLines;
  }

  // Bytes, not text: of a text a socket that waits counts the characters.
  override _write(line: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.reportLost();
    if (this.destination.writableLength + line.byteLength > WAITING_BYTES) this.#lose(NOT_READ);
    else this.#send(line);
    done();
  }

  /** Writes how many lines were lost, if the destination takes that. */
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
