/** The part of HTTP/1.1 that a server of files needs, RFC 9112: how a request is read, and how the head of a response is written. */
import { EchoError, type Reader } from 'ccecho';
import { STATUS_CODES } from 'node:http';

/** Limits a line of a head, and a whole head. */
export const MAX_HEAD_BYTES = 8 * 1024;

export interface Request {
  readonly method: string;
  /** As it was sent: a path with its query. */
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the connection stays open after the response. */
  readonly staysOpen: boolean;
}

/** A request that is answered with an error. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(STATUS_CODES[status]);
  }
}

/** Reads the next request; resolves with `undefined` at the end. Rejects with `HttpError` for one that is none. */
export const readRequest = async (client: Reader): Promise<Request | undefined> => {
  let line = await lineOf(client);
  // RFC 9112, 2.2: a client may send an empty line before.
  if (line === '') line = await lineOf(client);
  if (line === undefined) return undefined;
  const [, method = '', target = '', minor] = /^([!#$%&'*+.^_`|~\w-]+) (\S+) HTTP\/1\.(\d)$/.exec(line) ?? [];
  if (minor === undefined) throw new HttpError(400);
  const headers = await headersOf(client, line.length);
  if (minor !== '0' && !headers.has('host')) throw new HttpError(400);
  const connection = headers.get('connection')?.toLowerCase() ?? '';
  const staysOpen = minor === '0' ? connection.includes('keep-alive') : !connection.includes('close');
  // A body would have to be read before the next request.
  const hasBody = headers.has('transfer-encoding') || (headers.get('content-length') ?? '0') !== '0';
  return { method, target, headers, staysOpen: staysOpen && !hasBody };
};

const headersOf = async (client: Reader, firstBytes: number): Promise<Map<string, string>> => {
  const headers = new Map<string, string>();
  let bytes = firstBytes;
  for (let line = await lineOf(client); line !== ''; line = await lineOf(client)) {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line ?? '') ?? [];
    if (name === undefined) throw new HttpError(400);
    bytes += line!.length;
    if (bytes > MAX_HEAD_BYTES) throw new HttpError(431);
    const key = name.toLowerCase();
    if (key === 'host' && headers.has(key)) throw new HttpError(400);
    headers.set(key, value!);
  }
  return headers;
};

const lineOf = async (client: Reader): Promise<string | undefined> => {
  try {
    return (await client.line())?.toString('latin1');
  } catch (error) {
    throw error instanceof EchoError && error.code === 'ERR_ECHO_FRAME' ? new HttpError(431) : error;
  }
};

/** Writes the head of a response. */
export const headOf = (status: number, headers: Readonly<Record<string, string | number>>): string =>
  [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Date: ${new Date().toUTCString()}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ].join('\r\n');

/** Reads `bytes=0-99`, `bytes=100-` or `bytes=-50` of a file. Other ranges are ignored, as RFC 9110 allows. */
export const rangeOf = (
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | undefined => {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || (first === '' && last === '')) return undefined;
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && first !== '' && Number(last) < Number(first)) return undefined;
  if (start >= size) throw new HttpError(416, { 'Content-Range': `bytes */${size}` });
  return { start, end };
};
