import { EchoError } from '../errors';
import { assertInRange } from '../options';

export interface ReaderOptions {
  /** Limits a line, and the argument of `exactly`, in bytes. Minimum: `1`. Default: `65536`. */
  readonly maxBytes?: number;
}

/** Reads a byte stream on demand, as a conversation. */
export interface Reader {
  /**
   * Returns the next line without its end (`\n` or `\r\n`), or `undefined` at the end of the stream. The last line may
   * have no end.
   *
   * Rejects with `ERR_ECHO_FRAME` when the line exceeds `maxBytes`, and with the error of the stream.
   */
  line(): Promise<Buffer | undefined>;
  /**
   * Returns the next `bytes` bytes. Rejects with `ERR_ECHO_FRAME` when the stream ends before, or for more than
   * `maxBytes`.
   */
  exactly(bytes: number): Promise<Buffer>;
  /** Stops reading, and releases the stream. */
  return(): Promise<void>;
}

const MAX_BYTES = 64 * 1024;
const [NEWLINE, CARRIAGE_RETURN] = [0x0a, 0x0d];

/**
 * Returns a reader of lines and exact numbers of bytes, for protocols that read as a conversation. It reads no chunk
 * before it is needed.
 *
 * @param bytes `connection.bytes`, or the input of `pulled`.
 * @throws `ERR_ECHO_OPTION` for `maxBytes` below 1.
 * @example
 * const echo = await startEcho();
 * const client = await firstValueFrom(tcpClient({ host: '127.0.0.1', port: echo.port }));
 * of(Buffer.from('hello\nworld')).pipe(client.writes()).subscribe();
 * const answer = reader(client.bytes);
 * assert.equal(String(await answer.line()), 'hello');
 * assert.equal(String(await answer.exactly(5)), 'world');
 * await echo.stop();
 *
 */
export const reader = (bytes: AsyncIterable<Buffer>, { maxBytes = MAX_BYTES }: ReaderOptions = {}): Reader =>
  new BytesReader(bytes[Symbol.asyncIterator](), assertInRange('maxBytes', maxBytes, 1));

class BytesReader implements Reader {
  /** The current chunk; bytes before `#at` are taken. */
  #chunk: Buffer = NOTHING;
  #at = 0;
  #ended = false;

  constructor(
    private readonly iterator: AsyncIterator<Buffer>,
    private readonly maxBytes: number,
  ) {}

  async line(): Promise<Buffer | undefined> {
    let searched = 0;
    for (;;) {
      const end = this.#chunk.indexOf(NEWLINE, this.#at + searched);
      searched = end < 0 ? this.#available : end - this.#at;
      if (searched > this.maxBytes) throw tooLong('A line', this.maxBytes);
      if (end >= 0) return withoutReturn(this.#take(searched + 1).subarray(0, searched));
      if (!(await this.#pull())) return searched > 0 ? withoutReturn(this.#take(searched)) : undefined;
    }
  }

  exactly(bytes: number): Promise<Buffer> {
    // Most bytes are there already, so this avoids an async function.
    if (bytes <= this.#available && bytes <= this.maxBytes) return Promise.resolve(this.#take(bytes));
    return this.#pullExactly(bytes);
  }

  async return(): Promise<void> {
    this.#ended = true;
    await this.iterator.return?.();
  }

  get #available(): number {
    return this.#chunk.byteLength - this.#at;
  }

  async #pullExactly(bytes: number): Promise<Buffer> {
    if (bytes > this.maxBytes) throw tooLong(`${bytes} bytes`, this.maxBytes);
    let available = this.#available;
    const pieces = available === 0 ? [] : [this.#take(available)];
    while (available < bytes) {
      const pull = await this.#next();
      if (pull === undefined) {
        this.#put(Buffer.concat(pieces, available));
        throw new EchoError('ERR_ECHO_FRAME', `The stream ended after ${available} of ${bytes} bytes`);
      }
      pieces.push(pull);
      available += pull.byteLength;
    }
    this.#put(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, available));
    return this.#take(bytes);
  }

  /** Appends another chunk; returns `false` at the end. */
  async #pull(): Promise<boolean> {
    const chunk = await this.#next();
    if (chunk === undefined) return false;
    this.#put(this.#available === 0 ? chunk : Buffer.concat([this.#take(this.#available), chunk]));
    return true;
  }

  async #next(): Promise<Buffer | undefined> {
    if (this.#ended) return undefined;
    const pull = await this.iterator.next();
    this.#ended = pull.done === true;
    return pull.done ? undefined : pull.value;
  }

  #put(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  #take(bytes: number): Buffer {
    const start = this.#at;
    this.#at = start + bytes;
    return this.#chunk.subarray(start, this.#at);
  }
}

const NOTHING = Buffer.alloc(0);

const withoutReturn = (line: Buffer): Buffer => (line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line);

const tooLong = (what: string, maxBytes: number): EchoError =>
  new EchoError('ERR_ECHO_FRAME', `${what} exceeds the limit of ${maxBytes} bytes`);
