/** The web server of the examples on `node:http`: the same files, and the same care for links. */
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { announce } from './announce';

const root = process.argv[2] ?? '.';

const answer = async (target: string, response: ServerResponse): Promise<void> => {
  const real = await realpath(resolve(root, `.${decodeURIComponent(target)}`));
  if (!real.startsWith(root + sep)) throw new Error('outside');
  const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size, mtime } = await file.stat();
    response.writeHead(200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': size,
      'Last-Modified': mtime.toUTCString(),
      'Accept-Ranges': 'bytes',
    });
    if (size > 64 * 1024) {
      await pipeline(file.createReadStream({ highWaterMark: 64 * 1024, autoClose: false }), response);
    } else {
      const { buffer } = await file.read(Buffer.allocUnsafe(size), 0, size, 0);
      response.end(buffer);
    }
  } finally {
    await file.close();
  }
};

const server = createServer((request, response) => {
  answer(request.url ?? '/', response).catch(() => response.writeHead(404).end());
});

server.listen(0, '127.0.0.1', () => announce((server.address() as AddressInfo).port));
