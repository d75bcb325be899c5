import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';
import { EchoError } from '../errors';
import { assertInRange } from '../options';
import { ForwardingSubscriber } from '../streams/forwardingSubscriber';

/** A decoded frame and the offset behind it; or the minimum of bytes that the frame needs, if known. */
export type Decoded<T> = { readonly frame: T; readonly end: number } | { readonly needs: number } | undefined;

/** Describes how frames stand in a byte stream. */
export interface Codec<T> {
  /**
   * Decodes the frame that begins at `start`. Returns `undefined`, or how many bytes the frame needs, while it is
   * incomplete. An error ends the stream. Buffers of a frame are views: a codec that keeps one copies it.
   */
  readonly decode: (bytes: Buffer, start: number) => Decoded<T>;
}

export interface FramesOptions {
  /** Limits the length of a frame, in bytes; a longer one is an error. Minimum: `1`. Default: `65536`. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 64 * 1024;

/**
 * Cuts a byte stream into frames.
 *
 * ```text
 * bytes               -a\nb-\nc\n-d|
 * frames(line)        -a---bc------#        d: the stream ends within a frame
 * ```
 *
 * All frames of a chunk are emitted within one `next`, so that their replies leave in one write. The rest of a chunk is
 * copied and kept, at most `maxBytes`.
 *
 * Errors with `ERR_ECHO_FRAME` when a frame exceeds `maxBytes` or the stream ends within one, and with the error of
 * `decode`.
 *
 * @throws `ERR_ECHO_OPTION` for `maxBytes` below 1.
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
 *
 */
export const frames = <T>(
  codec: Codec<T>,
  { maxBytes = MAX_BYTES }: FramesOptions = {},
): OperatorFunction<Buffer, T> => {
  assertInRange('maxBytes', maxBytes, 1);
  return (bytes$) => new Observable((out) => bytes$.subscribe(new Decoder(out, codec, maxBytes)));
};

/** Cuts frames, and keeps the rest. */
class Decoder<T> extends ForwardingSubscriber<Buffer, T> {
  /**
   * The pieces of an incomplete frame. They are joined only when the frame may be complete, because each join copies
   * them.
   */
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

  /** Returns the bytes from the start of a frame, once it may be complete. */
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

  /** A copy, because the rest would keep the whole chunk, and a view is overwritten. */
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
