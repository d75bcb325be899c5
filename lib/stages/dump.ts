import { tap, type MonoTypeOperatorFunction } from 'rxjs';
import { formatEndpoint } from '../endpoint';
import type { Stage, StageContext } from '../stage';
import { printable } from '../format/printable';
import { marbleLine } from './marbleLine';

export interface DumpOptions {
  /** Selects the form: `hex` (bytes and characters), `text`, or `marbles` (a diagram with a letter for each chunk). */
  readonly as: 'hex' | 'text' | 'marbles';
  /** Sets the time of one column of `marbles`, in milliseconds. Minimum: above 0. Default: `10`. */
  readonly columnMs?: number;
  /** Sets a label for the place in the chain: `in`, `out`. Default: none. */
  readonly label?: string;
}

/**
 * Prints the bytes that pass, and passes them unchanged.
 *
 * ```text
 * 127.0.0.1:53684 in     -a--b-c-----d|
 * 127.0.0.1:53684 out    ---------a--b-c-----d|
 * ```
 *
 * `marbles` writes a line at the end of the stream, and every 60 columns. A chunk has the same letter in all dumps of a
 * connection, so that two dumps around a fault show what it did, and a line can be pasted into a marble test. `hex` and
 * `text` write each chunk under a header with the peer, the transport and the offset.
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

/** Control characters would move the reader's cursor, so they are escaped. */
const textLines = (chunk: Buffer): string[] => {
  if (chunk.byteLength === 0) return [];
  return chunk.toString('utf8').replace(/\n$/, '').split('\n').map(printable);
};

/** Formats bytes as `hexdump -C` does: the offset, 16 bytes, their characters. */
export const hexLines = (chunk: Buffer, offset: number): string[] =>
  Array.from({ length: Math.ceil(chunk.byteLength / 16) }, (_, row) => {
    const bytes = chunk.subarray(row * 16, row * 16 + 16);
    const hex = [...bytes].map((byte, column) => byte.toString(16).padStart(2, '0') + (column === 7 ? ' ' : ''));
    const characters = [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
    const place = (offset + row * 16).toString(16).padStart(8, '0');
    return `${place}  ${hex.join(' ').padEnd(49)} |${characters.join('')}|`;
  });
