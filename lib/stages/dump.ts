import { tap, type MonoTypeOperatorFunction } from 'rxjs';
import { formatEndpoint } from '../endpoint';
import type { Stage, StageContext } from '../stage';
import { printable } from '../format/printable';
import { marbleLine } from './marbleLine';

export interface DumpOptions {
  /** `hex`: bytes and characters; `text`: the characters; `marbles`: a diagram with a letter for each chunk. */
  readonly as: 'hex' | 'text' | 'marbles';
  /** Of `marbles`: the time that one column stands for, in milliseconds. Minimum: above 0. Default: `10`. */
  readonly columnMs?: number;
  /** Where in the chain it stands: `in`, `out`. Default: nothing. */
  readonly label?: string;
}

/**
 * Shows what passes at its place in the chain, and passes it on. Logging, as an operator like the others.
 *
 * ```text
 * 127.0.0.1:53684 in     -a--b-c-----d|
 * 127.0.0.1:53684 out    ---------a--b-c-----d|
 * ```
 *
 * `marbles` writes a line when the stream ends, and every 60 columns; a chunk has the same letter in all dumps of a
 * connection, so that two around a fault show what it did, and the line can be pasted into a marble test. `hex` and
 * `text` write at each chunk, under a header with the peer, the transport and the place in the stream.
 */
export const dump = ({ as, columnMs = 10, label = '' }: DumpOptions): Stage => {
  const stage: Stage = (context) =>
    as === 'marbles' ? marbleLine({ columnMs, label }, context) : printed(as, label, context);
  return Object.assign(stage, { retains: true });
};

const printed = (
  as: 'hex' | 'text',
  label: string,
  { transport, remote, print }: StageContext,
): MonoTypeOperatorFunction<Buffer> => {
  let offset = 0;
  return tap((chunk) => {
    const length = `${chunk.byteLength} byte${chunk.byteLength === 1 ? '' : 's'}`;
    const header = [formatEndpoint(remote), label, transport, `at ${offset}, ${length}`].filter(Boolean).join(' ');
    print([header, ...(as === 'hex' ? hexLines(chunk, offset) : textLines(chunk))].join('\n'));
    offset += chunk.byteLength;
  });
};

/** Its control characters would move the cursor of whoever reads: they are shown. */
const textLines = (chunk: Buffer): string[] => {
  if (chunk.byteLength === 0) return [];
  return chunk.toString('utf8').replace(/\n$/, '').split('\n').map(printable);
};

/** Bytes as `hexdump -C` shows them: the place in the stream, 16 bytes, their characters. */
export const hexLines = (chunk: Buffer, offset: number): string[] =>
  Array.from({ length: Math.ceil(chunk.byteLength / 16) }, (_, row) => {
    const bytes = chunk.subarray(row * 16, row * 16 + 16);
    const hex = [...bytes].map((byte, column) => byte.toString(16).padStart(2, '0') + (column === 7 ? ' ' : ''));
    const characters = [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
    const place = (offset + row * 16).toString(16).padStart(8, '0');
    return `${place}  ${hex.join(' ').padEnd(49)} |${characters.join('')}|`;
  });
