import { Writable } from 'node:stream';

/** How much of a log may wait for its destination. */
const WAITING_BYTES = 1024 * 1024;

/**
 * A destination of lines that never stops whoever writes: what a stuck reader leaves waiting is bounded, further lines
 * are dropped, and when it takes lines again `'dropped'` is emitted with their number, for whoever knows how a line
 * looks here. A destination that fails (`| head -1`) takes none any more.
 */
export class BoundedWriter extends Writable {
  #dropped = 0;
  #failed = false;

  constructor(private readonly destination: Writable) {
    super();
    destination.on('error', () => (this.#failed = true));
  }

  /** Whether the destination has taken everything, or never will. */
  get isDone(): boolean {
    return this.#failed || this.destination.destroyed || this.destination.writableLength === 0;
  }

  // Bytes, not text: of a text a socket that waits counts the characters.
  override _write(line: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.destination.writableLength + line.byteLength > WAITING_BYTES) this.#dropped += 1;
    else this.#send(line);
    done();
  }

  #send(line: Buffer): void {
    if (this.#failed || this.destination.destroyed) return;
    this.destination.write(line, () => this.#sayDropped());
  }

  #sayDropped(): void {
    if (this.#dropped === 0 || this.#failed || this.destination.writableLength > WAITING_BYTES / 2) return;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.emit('dropped', dropped);
  }
}
