import { Writable } from 'node:stream';

/** How much of a log may wait for its destination. */
const WAITING_BYTES = 1024 * 1024;

/**
 * A destination of lines that never stops whoever writes: what a stuck reader leaves waiting is bounded, further lines
 * are dropped, and their number is said when it takes lines again. A destination that fails (`| head -1`) takes none
 * any more.
 */
export class BoundedWriter extends Writable {
  #dropped = 0;
  #failed = false;

  constructor(private readonly destination: Writable) {
    super({ decodeStrings: false });
    destination.on('error', () => (this.#failed = true));
  }

  /** Whether the destination has taken everything, or never will. */
  get isDone(): boolean {
    return this.#failed || this.destination.destroyed || this.destination.writableLength === 0;
  }

  override _write(line: string, _encoding: BufferEncoding, done: () => void): void {
    if (this.destination.writableLength + Buffer.byteLength(line) > WAITING_BYTES) this.#dropped += 1;
    else this.#send(line);
    done();
  }

  #send(line: string): void {
    if (this.#failed || this.destination.destroyed) return;
    this.destination.write(line, () => this.#sayDropped());
  }

  #sayDropped(): void {
    if (this.#dropped === 0 || this.destination.writableLength > WAITING_BYTES / 2) return;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#send(`ccecho: ${dropped} log lines were dropped: nobody read them in time\n`);
  }
}
