import type * as ix from 'ix/asynciterable';
import type * as operators from 'ix/asynciterable/operators';

const NEWLINE = 0x0a;

/** In the place of a chunk: the bytes have ended. */
const END = Symbol('end');

/**
 * The lines of a byte stream, each with its newline, however the stream was cut into chunks; the last one may have
 * none. For `pulled`, and for clients that pull.
 *
 * A line is kept until it is whole: the sender of an endless line is bounded by nothing here.
 *
 * @example
 * import { from } from 'ix/asynciterable';
 * import { map } from 'ix/asynciterable/operators';
 * const shout = (line: Buffer) => Buffer.from(line.toString().toUpperCase());
 * const shoutLines = pulled((bytes) => from(lines(bytes)).pipe(map(shout)));
 */
export const lines = (bytes: AsyncIterable<Buffer>): AsyncIterable<Buffer> => {
  // Loaded by the first call: nothing else here needs ix, and it would be a fifth of require('ccecho').
  const { defer, from } = require('ix/asynciterable') as typeof ix;
  const { concatMap, endWith, filter } = require('ix/asynciterable/operators') as typeof operators;
  return defer(() => {
    let begun: Buffer[] = [];
    const cut = (chunk: Buffer | typeof END): Buffer[] => {
      if (chunk === END) return [Buffer.concat(begun)];
      const whole: Buffer[] = [];
      let rest = chunk;
      for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
        whole.push(Buffer.concat([...begun, rest.subarray(0, end + 1)]));
        begun = [];
        rest = rest.subarray(end + 1);
      }
      if (rest.length > 0) begun.push(rest);
      return whole;
    };
    return from(bytes).pipe(
      endWith<Buffer | typeof END>(END),
      concatMap((chunk) => from(cut(chunk))),
      filter((line) => line.length > 0),
    );
  });
};
