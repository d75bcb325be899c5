/** The protocol of Redis, RESP2: requests as frames, and replies as bytes. */
import type { Codec } from 'ccecho';

/** The request of a client: the words of a command. */
export type Words = readonly Buffer[];

export const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

const CRLF = '\r\n';
export const NIL = Buffer.from('$-1\r\n');
export const OK = Buffer.from('+OK\r\n');
export const simple = (text: string): Buffer => Buffer.from(`+${text}\r\n`);
export const integer = (value: number | bigint): Buffer => Buffer.from(`:${value}\r\n`);
export const failure = (text: string): Buffer => Buffer.from(`-${text}\r\n`);
export const bulk = (value: Buffer | undefined): Buffer =>
  value ? Buffer.concat([Buffer.from(`$${value.length}\r\n`), value, Buffer.from(CRLF)]) : NIL;
export const array = (items: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from(`*${items.length}\r\n`), ...items]);

/** RESP2, and the inline commands of a person at a terminal. */
export const resp: Codec<Words> = {
  decode: (bytes, start) => {
    const line = lineAt(bytes, start);
    if (line === undefined) return undefined;
    // Redis ignores an empty line.
    if (line === start) return resp.decode(bytes, line + 2);
    if (bytes[start] !== 0x2a) {
      const words = bytes.toString('latin1', start, line).trim().split(/\s+/);
      return { frame: words.map((word) => Buffer.from(word, 'latin1')), end: line + 2 };
    }
    const words: Buffer[] = [];
    let at = line + 2;
    for (let left = numberIn(bytes, start, line, '*', 64 * 1024); left > 0; left -= 1) {
      const header = lineAt(bytes, at);
      if (header === undefined) return undefined;
      const end = header + 2 + numberIn(bytes, at, header, '$', MAX_REQUEST_BYTES);
      if (bytes.length < end + 2) return { needs: end + 2 - start };
      words.push(bytes.subarray(header + 2, end));
      at = end + 2;
    }
    // Redis also ignores `*0`, an array without words.
    return words.length === 0 ? resp.decode(bytes, at) : { frame: words, end: at };
  },
};

const lineAt = (bytes: Buffer, start: number): number | undefined => {
  const end = bytes.indexOf(CRLF, start, 'latin1');
  if (end < 0 && bytes.length - start > 64 * 1024) throw new Error('ERR Protocol error: too big inline request');
  return end < 0 ? undefined : end;
};

const numberIn = (bytes: Buffer, start: number, end: number, mark: string, most: number): number => {
  const text = bytes.toString('latin1', start, end);
  const value = Number(text.slice(1));
  if (text[0] === mark && /^\d+$/.test(text.slice(1)) && value <= most) return value;
  throw new Error(`ERR Protocol error: expected '${mark}' and a length`);
};
