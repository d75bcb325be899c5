/**
 * A web server for the files of a folder: a conversation of requests and responses, pulled by what the client takes. So a file of
 * a gigabyte passes in pieces, and the next request is read when the response before is sent.
 */
import { composeStages, pulled, reader, type Handler } from 'ccecho';
import { constants, realpathSync } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';
import { headOf, HttpError, MAX_HEAD_BYTES, rangeOf, readRequest, type Request } from './http';
import { listen } from './listen';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
};

/** A file up to this size is sent in one write with its head. */
const SMALL_BYTES = 64 * 1024;

const root = realpathSync((require.main === module ? process.argv[3] : process.env['ROOT']) ?? '.');

/** Opens the file of a target. No path leads out of the folder: neither `..`, nor a link. */
const openFile = async (target: string): Promise<{ path: string; file: FileHandle; size: number; mtime: Date }> => {
  const path = resolve(root, `.${pathOf(target)}`);
  const real = await realpath(pathOf(target).endsWith('/') ? join(path, 'index.html') : path).catch(notFound);
  if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)) throw new HttpError(404);
  // Without O_NONBLOCK, a FIFO would wait for a writer.
  const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK).catch(notFound);
  const stats = await file.stat();
  if (stats.isFile()) return { path: real, file, size: stats.size, mtime: stats.mtime };
  await file.close();
  return notFound();
};

const notFound = (): never => {
  throw new HttpError(404);
};

const pathOf = (target: string): string => {
  try {
    const path = decodeURIComponent(target.replace(/^https?:\/\/[^/]*/, '').replace(/[?#].*$/, ''));
    if (path.startsWith('/') && !path.includes('\0')) return path;
  } catch {
    // Not a percent-encoding.
  }
  throw new HttpError(400);
};

async function* respond({ method, target, headers, staysOpen }: Request): AsyncIterable<Buffer> {
  if (method !== 'GET' && method !== 'HEAD') throw new HttpError(405, { Allow: 'GET, HEAD' });
  const { path, file, size, mtime } = await openFile(target);
  try {
    const range = rangeOf(headers.get('range'), size);
    const { start, end } = range ?? { start: 0, end: size - 1 };
    const bytes = end - start + 1;
    const head = headOf(range ? 206 : 200, {
      'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
      'Content-Length': bytes,
      'Last-Modified': mtime.toUTCString(),
      'Accept-Ranges': 'bytes',
      ...(range && { 'Content-Range': `bytes ${start}-${end}/${size}` }),
      Connection: staysOpen ? 'keep-alive' : 'close',
    });
    if (method === 'HEAD' || bytes === 0) {
      yield Buffer.from(head);
      return;
    }
    if (bytes <= SMALL_BYTES) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(bytes), 0, bytes, start);
      if (bytesRead < bytes) throw new Error('The file has become shorter');
      yield Buffer.concat([Buffer.from(head), buffer]);
      return;
    }
    yield Buffer.from(head);
    const pieces = file.createReadStream({ start, end, highWaterMark: SMALL_BYTES, autoClose: false });
    let left = bytes;
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      left -= piece.length;
      yield piece;
    }
    // The connection is reset: a client that waits for the rest would take the next head for it.
    if (left > 0) throw new Error('The file has become shorter');
  } finally {
    await file.close();
  }
}

const errorPage = (error: unknown, staysOpen: boolean): Buffer => {
  if (!(error instanceof HttpError)) throw error;
  const { status, message, headers } = error;
  const body = `${status} ${message}\n`;
  const head = headOf(status, {
    'Content-Type': 'text/plain',
    'Content-Length': body.length,
    ...headers,
    Connection: staysOpen ? 'keep-alive' : 'close',
  });
  return Buffer.from(head + body);
};

/** After these errors the server cannot tell where the next request begins. */
const isOver = (status: number): boolean => status === 400 || status === 405 || status === 431;

async function* conversation(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const client = reader(bytes, { maxBytes: MAX_HEAD_BYTES });
  for (let staysOpen = true; staysOpen;) {
    let request: Request | undefined;
    try {
      request = await readRequest(client);
      if (request === undefined) return;
      ({ staysOpen } = request);
      yield* respond(request);
    } catch (error) {
      staysOpen &&= !(error instanceof HttpError && isOver(error.status));
      const page = errorPage(error, staysOpen);
      yield request?.method === 'HEAD' ? page.subarray(0, page.indexOf('\r\n\r\n') + 4) : page;
    }
  }
}

const converse = composeStages([pulled(conversation)]);

export const handler: Handler = (peer) => peer.bytes$.pipe(converse(peer), peer.writes());

if (require.main === module) listen(handler, Number(process.argv[2] ?? 8080));
