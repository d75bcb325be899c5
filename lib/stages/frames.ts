import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';
import { EchoError } from '../errors';
import { assertInRange } from '../options';
import { ForwardingSubscriber } from '../streams/forwardingSubscriber';

/** A frame that was found, and where the bytes behind it begin; or how many bytes it takes at least, where that is known. */
export type Decoded<T> = { readonly frame: T; readonly end: number } | { readonly needs: number } | undefined;

/** How frames stand in a byte stream. */
export interface Codec<T> {
  /**
   * Reads the frame that begins at `start`. Returns `undefined`, or how many bytes the frame takes, when it is not whole.
   * What it throws ends the stream. Buffers of the frame are views: a codec that keeps one copies it.
   */
  readonly decode: (bytes: Buffer, start: number) => Decoded<T>;
}

export interface FramesOptions {
  /** The longest frame, in bytes. A peer that sends a longer one is refused. Minimum: `1`. Default: `65536`. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 64 * 1024;

/**
 * Cuts a byte stream into frames, however it was cut into chunks.
 *
 * ```text
 * bytes               -a\nb-\nc\n-d|
 * frames(line)        -a---bc------#        d: the stream ends within a frame
 * ```
 *
 * All frames of a chunk are emitted within one `next`, so that their replies leave in one write. What is left of a chunk
 * is copied and kept, `maxBytes` at most.
 *
 * Errors with `ERR_ECHO_FRAME` when a frame is longer than `maxBytes` or the stream ends within one, and with what `decode`
 * throws.
 *
 * @throws `ERR_ECHO_OPTION` for `maxBytes` under 1.
 * @example
 * const line: Codec<string> = {
 *   decode: (bytes, start) => {
 *     const end = bytes.indexOf('\n', start);
 *     return end < 0 ? undefined : { frame: bytes.toString('utf8', start, end), end: end + 1 };
 *   },
 * };
 * const upperCase: Stage = () => (bytes$) =>
 *   bytes$.pipe(
 *     frames(line, { maxBytes: 1024 }),
 *     map((text) => Buffer.from(`${text.toUpperCase()}\n`)),
 *   );
 */
export const frames = <T>(
  codec: Codec<T>,
  { maxBytes = MAX_BYTES }: FramesOptions = {},
): OperatorFunction<Buffer, T> => {
  assertInRange('maxBytes', maxBytes, 1);
  return (bytes$) => new Observable((out) => bytes$.subscribe(new Decoder(out, codec, maxBytes)));
};

/** Cuts what comes, and keeps what is left of it. */
class Decoder<T> extends ForwardingSubscriber<Buffer, T> {
  /** Of a frame that is not whole. They are joined when it may be, since each join copies all of them. */
  readonly #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #needs = 0;

  constructor(
    out: Subscriber<T>,
    private readonly codec: Codec<T>,
    private readonly maxBytes: number,
  ) {
    super(out);
  }

  next(chunk: Buffer): void {
    const bytes = this.#joined(chunk);
    if (bytes === undefined) return;
    try {
      this.#decode(bytes);
    } catch (error) {
      this.error(error);
    }
  }

  override complete(): void {
    const bytes = this.#pieceBytes;
    if (bytes === 0) this.out.complete();
    else this.error(frameError(`The stream ended within a frame, after ${bytes} of its bytes`));
  }

  /** What is there from the begin of a frame on, once it may be whole. */
  #joined(chunk: Buffer): Buffer | undefined {
    if (this.#pieceBytes === 0) return chunk;
    this.#keep(chunk);
    if (this.#pieceBytes < this.#needs) return undefined;
    const bytes = Buffer.concat(this.#pieces);
    this.#forget();
    return bytes;
  }

  #decode(bytes: Buffer): void {
    let start = 0;
    while (start < bytes.byteLength && !this.closed) {
      const decoded = this.codec.decode(bytes, start);
      if (decoded === undefined || 'needs' in decoded)
        return this.#keepRest(bytes.subarray(start), decoded?.needs ?? 0);
      start = decoded.end;
      this.out.next(decoded.frame);
    }
  }

  #keepRest(rest: Buffer, needs: number): void {
    const tooLong = Math.max(needs, rest.byteLength + 1);
    if (tooLong > this.maxBytes) {
      this.error(frameError(`A frame exceeds the limit of ${this.maxBytes} bytes`));
      return;
    }
    this.#needs = needs;
    this.#keep(rest);
  }

  /** A copy: the rest of a chunk would keep all of it, and one that is lent is overwritten. */
  #keep(piece: Buffer): void {
    this.#pieces.push(Buffer.from(piece));
    this.#pieceBytes += piece.byteLength;
  }

  #forget(): void {
    this.#pieces.length = 0;
    this.#pieceBytes = 0;
    this.#needs = 0;
  }
}

const frameError = (message: string): EchoError => new EchoError('ERR_ECHO_FRAME', message);
