import type * as ix from 'ix/asynciterable';
import type * as operators from 'ix/asynciterable/operators';
import { EchoError } from '../errors';
import { assertInRange } from '../options';

const NEWLINE = 0x0a;

const MAX_BYTES = 64 * 1024;

/** Stands for the end of the bytes. */
const END = Symbol('end');

/**
 * Cuts a byte stream into lines, each with its newline; the last one may have none. For `pulled`, and for clients that
 * pull.
 *
 * Errors with `ERR_ECHO_FRAME` when a line exceeds `maxBytes`.
 *
 * @param maxBytes The maximum length of a line, in bytes. Minimum: `1`. Default: `65536`.
 * @throws `ERR_ECHO_OPTION` for `maxBytes` below 1.
 * @example
 * import { from } from 'ix/asynciterable';
 * import { map } from 'ix/asynciterable/operators';
 * const shout = (line: Buffer) => Buffer.from(line.toString().toUpperCase());
 * const shoutLines = pulled((bytes) => from(lines(bytes)).pipe(map(shout)));
 *
 */
export const lines = (
  bytes: AsyncIterable<Buffer>,
  { maxBytes = MAX_BYTES }: { readonly maxBytes?: number } = {},
): AsyncIterable<Buffer> => {
  assertInRange('maxBytes', maxBytes, 1);
  // Loaded by the first call: ix would be a fifth of the time of require('ccecho') (010).
  const { defer, from } = require('ix/asynciterable') as typeof ix;
  const { concatMap, endWith, filter } = require('ix/asynciterable/operators') as typeof operators;
  return defer(() => {
    let begun: Buffer[] = [];
    let begunBytes = 0;
    const cut = (chunk: Buffer | typeof END): Buffer[] => {
      if (chunk === END) return [Buffer.concat(begun)];
      const whole: Buffer[] = [];
      let rest = chunk;
      for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
        whole.push(fitting(Buffer.concat([...begun, rest.subarray(0, end + 1)]), maxBytes));
        begun = [];
        begunBytes = 0;
        rest = rest.subarray(end + 1);
      }
      if (rest.length > 0) begun.push(rest);
      begunBytes += rest.length;
      if (begunBytes > maxBytes) throw tooLong(maxBytes);
      return whole;
    };
    return from(bytes).pipe(
      endWith<Buffer | typeof END>(END),
      concatMap((chunk) => from(cut(chunk))),
      filter((line) => line.length > 0),
    );
  });
};

const fitting = (line: Buffer, maxBytes: number): Buffer => {
  if (line.byteLength - 1 <= maxBytes) return line;
  throw tooLong(maxBytes);
};

const tooLong = (maxBytes: number): EchoError =>
  new EchoError('ERR_ECHO_FRAME', `A line exceeds the limit of ${maxBytes} bytes`);
