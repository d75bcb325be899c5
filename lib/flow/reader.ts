import { EchoError } from '../errors';
import { numberIn } from '../options';

export interface ReaderOptions {
  /** The longest line, and the largest `exactly`, in bytes. Minimum: `1`. Default: `65536`. */
  readonly maxBytes?: number;
}

/** Reads a byte stream as a conversation: what is asked for, when it is asked for. */
export interface Reader {
  /**
   * The next line without its end (`\n` or `\r\n`); `undefined` when the stream has ended. The last line may have no end.
   *
   * Rejects with `ERR_ECHO_FRAME` when the line is longer than `maxBytes`, and with the error of the stream.
   */
  line(): Promise<Buffer | undefined>;
  /**
   * The next `bytes` bytes. Rejects with `ERR_ECHO_FRAME` when the stream ends before, or for more than `maxBytes`.
   */
  exactly(bytes: number): Promise<Buffer>;
  /** Reads no more, and gives the stream back. */
  return(): Promise<void>;
}

const MAX_BYTES = 64 * 1024;
const [NEWLINE, CARRIAGE_RETURN] = [0x0a, 0x0d];

/**
 * Reads lines and numbers of bytes from a stream that is pulled: nothing is read that is not asked for, but for the chunk
 * in which it stands. For protocols that are told as a conversation, and for clients.
 *
 * @param bytes `connection.bytes`, or the input of `pulled`.
 * @throws `ERR_ECHO_OPTION` for `maxBytes` under 1.
 * @example
 * const echo = await startEcho();
 * const client = await firstValueFrom(tcpClient({ host: '127.0.0.1', port: echo.port }));
 * of(Buffer.from('hello\nworld')).pipe(client.writes()).subscribe();
 * const answer = reader(client.bytes);
 * assert.equal(String(await answer.line()), 'hello');
 * assert.equal(String(await answer.exactly(5)), 'world');
 * await echo.stop();
 */
export const reader = (bytes: AsyncIterable<Buffer>, { maxBytes = MAX_BYTES }: ReaderOptions = {}): Reader =>
  new BytesReader(bytes[Symbol.asyncIterator](), numberIn('maxBytes', maxBytes, 1));

class BytesReader implements Reader {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #ended = false;

  constructor(
    private readonly iterator: AsyncIterator<Buffer>,
    private readonly maxBytes: number,
  ) {}

  async line(): Promise<Buffer | undefined> {
    let searched = 0;
    for (;;) {
      const rest = this.#joined();
      const end = rest.indexOf(NEWLINE, searched);
      searched = end < 0 ? rest.byteLength : end;
      if (searched > this.maxBytes) throw tooLong('A line', this.maxBytes);
      if (end >= 0) return withoutReturn(this.#take(end + 1).subarray(0, end));
      if (!(await this.#pull())) return searched > 0 ? withoutReturn(this.#take(searched)) : undefined;
    }
  }

  async exactly(bytes: number): Promise<Buffer> {
    if (bytes > this.maxBytes) throw tooLong(`${bytes} bytes`, this.maxBytes);
    while (this.#bytes < bytes) {
      if (await this.#pull()) continue;
      const message = `The stream ended after ${this.#bytes} of ${bytes} bytes`;
      throw new EchoError('ERR_ECHO_FRAME', message);
    }
    return this.#take(bytes);
  }

  async return(): Promise<void> {
    this.#ended = true;
    await this.iterator.return?.();
  }

  /** One more chunk; `false` when there is none. */
  async #pull(): Promise<boolean> {
    if (this.#ended) return false;
    const pull = await this.iterator.next();
    if (pull.done) this.#ended = true;
    else {
      this.#chunks.push(pull.value);
      this.#bytes += pull.value.byteLength;
    }
    return !this.#ended;
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!;
  }

  #take(bytes: number): Buffer {
    const all = this.#joined();
    this.#chunks = [all.subarray(bytes)];
    this.#bytes -= bytes;
    return all.subarray(0, bytes);
  }
}

const withoutReturn = (line: Buffer): Buffer => (line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line);

const tooLong = (what: string, maxBytes: number): EchoError =>
  new EchoError('ERR_ECHO_FRAME', `${what} is longer than the ${maxBytes} bytes that may be read at once`);
